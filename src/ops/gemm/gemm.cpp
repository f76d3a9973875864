#include "ops/gemm/gemm.h"

#include <algorithm>
#include <cstring>

#include "base/threads.h"

namespace fovea::ops::gemm {
namespace {

constexpr Index strip_bytes = Index{64} << 20;  // of packed b
constexpr Index strip_columns = 4096;
constexpr double serial_work = 1 << 18;  // products below it are not worth a second thread
constexpr Index blocks_a_thread = 4;

Index round_up(Index value, Index to) {
  return (value + to - 1) / to * to;
}
Index blocks(Index value, Index of) {
  return (value + of - 1) / of;
}

Array bytes(Index count) {
  return Array::empty({count}, DType::u8);
}

template <class T>
void merge_as(const std::byte* tile, Index columns, std::byte* c, Index stride, Index rows, Index used, bool add) {
  const auto* from = reinterpret_cast<const T*>(tile);
  auto* to = reinterpret_cast<T*>(c);
  for (Index i = 0; i < rows; ++i)
    for (Index j = 0; j < used; ++j)
      to[i * stride + j] = add ? static_cast<T>(to[i * stride + j] + from[i * columns + j]) : from[i * columns + j];
}

struct Strip {
  Index column, columns, first, terms;  // of the whole product
  std::byte* packed;
};

class Multiplier {
 public:
  Multiplier(const Tiles& tiles, const Product& product)
      : t_(tiles), p_(product), sum_bytes_(tiles.sum == Sum::f64 ? 8 : 4) {
    const double work = static_cast<double>(p_.m) * static_cast<double>(p_.n) * static_cast<double>(p_.k);
    threads_ = work < serial_work ? 1 : usable_threads();
  }

  void run() {
    const Index columns = std::min(round_up(p_.n, t_.columns), round_up(strip_columns, t_.columns));
    const Index column_bytes = columns * t_.b_bytes;
    // Sums that must be finished keep all their terms in one strip.
    const Index most = std::max<Index>(strip_bytes / column_bytes / t_.depth, 1) * t_.depth;
    const Index terms = t_.finish ? p_.k : std::min(p_.k, most);
    const Array packed = bytes(padded(terms) * column_bytes);
    for (Index column = 0; column < p_.n; column += columns)
      for (Index first = 0; first < p_.k; first += terms) {
        const Strip strip{column, std::min(columns, p_.n - column), first, std::min(terms, p_.k - first),
                          packed.data()};
        pack_strip(strip);
        multiply_strip(strip);
      }
  }

 private:
  // Terms with the padding of the last block.
  Index padded(Index terms) const {
    const Index whole = terms / t_.depth * t_.depth;
    return whole + round_up(terms - whole, t_.granule);
  }
  // Packed blocks of `depth` terms follow each other; within one, panels of columns.
  std::byte* panel(const Strip& s, Index block, Index number) const {
    const Index before = block * t_.depth, depth = std::min(t_.depth, s.terms - before);
    return s.packed +
           (before * round_up(s.columns, t_.columns) + round_up(depth, t_.granule) * number * t_.columns) * t_.b_bytes;
  }

  template <class F>
  void parallel(Index count, const F& body) const {
    if (threads_ == 1)
      body(Index{0}, count);
    else
      parallel_for(count, 1, body);
  }

  void pack_strip(const Strip& s) const {
    const Index panels = blocks(s.columns, t_.columns), deep = blocks(s.terms, t_.depth);
    parallel(panels * deep, [&](Index begin, Index end) {
      for (Index task = begin; task < end; ++task) {
        const Index block = task / panels, number = task % panels;
        const Index term = block * t_.depth, depth = std::min(t_.depth, s.terms - term);
        Matrix b = p_.b;
        b.data += (s.first + term) * b.row + (s.column + number * t_.columns) * b.column;
        t_.pack_b(b, std::min<Index>(t_.columns, s.columns - number * t_.columns), depth, round_up(depth, t_.granule),
                  panel(s, block, number));
      }
    });
  }

  void multiply_strip(const Strip& s) const {
    const Index wanted = threads_ == 1 ? 1 : threads_ * blocks_a_thread;
    const Index row_blocks = round_up(blocks(p_.m, t_.most_rows), std::min(wanted, blocks(p_.m, 2 * t_.rows)));
    const Index rows = round_up(blocks(p_.m, row_blocks), t_.rows);
    const Index across = blocks(p_.m, rows), panels = blocks(s.columns, t_.columns);
    const Index parts = std::min(panels, blocks(wanted, across)), part = blocks(panels, parts);
    parallel(across * parts, [&](Index begin, Index end) {
      const Array a = bytes(rows * round_up(std::min(t_.depth, s.terms), t_.granule) * t_.a_bytes);
      const Array sums = bytes(t_.finish ? rows * s.columns * sum_bytes_ : 0);
      if (t_.enter) t_.enter();
      for (Index task = begin; task < end; ++task)
        multiply_block(s, task / parts * rows, rows, task % parts * part, part, a.data(), sums.data());
      if (t_.leave) t_.leave();
    });
  }

  void multiply_block(const Strip& s, Index row, Index rows, Index first_panel, Index panels, std::byte* a,
                      std::byte* sums) const {
    rows = std::min(rows, p_.m - row);
    const Index columns = std::min(panels * t_.columns, s.columns - first_panel * t_.columns);
    if (rows <= 0 || columns <= 0) return;
    const Index column = s.column + first_panel * t_.columns;
    std::byte* c = t_.finish ? sums : p_.c + (row * p_.n + column) * sum_bytes_;
    const Index stride = t_.finish ? columns : p_.n;
    const bool started = p_.row_start || p_.column_start;
    if (started && s.first == 0) start(c, stride, row, rows, column, columns);
    for (Index term = 0; term < s.terms; term += t_.depth) {
      const Index depth = std::min(t_.depth, s.terms - term), packed = round_up(depth, t_.granule);
      const Index a_panel = t_.rows * packed * t_.a_bytes;
      for (Index i = 0; i < rows; i += t_.rows) {
        Matrix from = p_.a;
        from.data += (row + i) * from.row + (s.first + term) * from.column;
        t_.pack_a(from, std::min<Index>(t_.rows, rows - i), depth, packed, a + i / t_.rows * a_panel);
      }
      const bool add = started || s.first + term > 0;
      for (Index j = 0; j < columns; j += t_.columns) {
        const std::byte* b = panel(s, term / t_.depth, first_panel + j / t_.columns);
        for (Index i = 0; i < rows; i += t_.rows)
          tile(packed, a + i / t_.rows * a_panel, b, c + (i * stride + j) * sum_bytes_, stride, rows - i, columns - j,
               add);
      }
    }
    if (!t_.finish) return;
    for (Index i = 0; i < rows; ++i)
      t_.finish(sums + i * columns * sum_bytes_, columns, p_.c + ((row + i) * p_.n + column) * t_.result_bytes);
  }

  void tile(Index packed, const std::byte* a, const std::byte* b, std::byte* c, Index stride, Index rows, Index columns,
            bool add) const {
    if (rows >= t_.rows && columns >= t_.columns) return t_.tile(packed, a, b, c, stride, add);
    alignas(64) std::byte whole[most_tile_bytes];
    t_.tile(packed, a, b, whole, t_.columns, false);
    rows = std::min<Index>(rows, t_.rows);
    columns = std::min<Index>(columns, t_.columns);
    switch (t_.sum) {
      case Sum::f32:
        return merge_as<float>(whole, t_.columns, c, stride, rows, columns, add);
      case Sum::f64:
        return merge_as<double>(whole, t_.columns, c, stride, rows, columns, add);
      case Sum::i32:
        return merge_as<std::uint32_t>(whole, t_.columns, c, stride, rows, columns, add);
    }
  }

  void start(std::byte* c, Index stride, Index row, Index rows, Index column, Index columns) const {
    auto* sums = reinterpret_cast<std::uint32_t*>(c);
    for (Index i = 0; i < rows; ++i) {
      const std::int32_t of_row = p_.row_start ? p_.row_start[row + i] : 0;
      for (Index j = 0; j < columns; ++j)
        sums[i * stride + j] = static_cast<std::uint32_t>(of_row) +
                               static_cast<std::uint32_t>(p_.column_start ? p_.column_start[column + j] : 0);
    }
  }

  const Tiles& t_;
  const Product& p_;
  Index sum_bytes_;
  Index threads_;
};

}  // namespace

void multiply(const Tiles& tiles, const Product& product) {
  Multiplier(tiles, product).run();
}

MatmulShape fold_batch(MatmulShape s) {
  // Axes of extent 1 go; then an axis whose items of a follow each other and which b repeats joins the rows.
  int kept = 0;
  for (int axis = 0; axis < s.axes; ++axis)
    if (s.extent[axis] != 1) {
      s.extent[kept] = s.extent[axis];
      s.a_batch[kept] = s.a_batch[axis];
      s.b_batch[kept++] = s.b_batch[axis];
    }
  s.axes = kept;
  while (s.axes > 0 && s.b_batch[s.axes - 1] == 0 && (s.m == 1 || s.a_batch[s.axes - 1] == s.m * s.a_row)) {
    --s.axes;
    if (s.m == 1) s.a_row = s.a_batch[s.axes];
    s.m *= s.extent[s.axes];
    s.batches /= s.extent[s.axes];
  }
  return s;
}

}  // namespace fovea::ops::gemm
