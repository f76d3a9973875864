#include "ops/gemm/gemm.h"

#include <algorithm>

#include "base/threads.h"

namespace fovea::ops::gemm {
namespace {

constexpr Index packed_bytes = Index{64} << 20;  // of either operand, but for one tile's terms
constexpr Index strip_columns = 4096, block_columns = 512;
constexpr double serial_work = 1 << 18;  // products below it are not worth a second thread
constexpr Index blocks_a_thread = 4;

Index blocks(Index value, Index of) {
  return (value + of - 1) / of;
}
Index round_up(Index value, Index to) {
  return blocks(value, to) * to;
}

// Lines (rows of a, columns of b) first to first + count - 1 of terms term to term + terms - 1, packed: blocks of
// `depth` terms follow each other; within one, panels of `width` lines.
struct Packed {
  Index first, count, term, terms;
  Index width, depth, granule, bytes;  // of lines of a panel; of a packed term of a line
  std::byte* data = nullptr;

  Index panels() const { return blocks(count, width); }
  Index depth_of(Index block) const { return std::min(depth, terms - block * depth); }
  Index padded(Index block) const { return round_up(depth_of(block), granule); }
  Index size() const {
    const Index whole = terms / depth * depth;
    return (whole + round_up(terms - whole, granule)) * panels() * width * bytes;
  }
  std::byte* panel(Index block, Index number) const {
    return data + (block * depth * panels() + padded(block) * number) * width * bytes;
  }
};

struct Block {
  Index row, rows, column, columns;  // in tiles of the strips
};

class Multiplier {
 public:
  Multiplier(const Tiles& tiles, const Product& product)
      : t_(tiles), p_(product), sum_bytes_(tiles.sum == Sum::f64 ? 8 : 4) {
    const double work = static_cast<double>(p_.m) * static_cast<double>(p_.n) * static_cast<double>(p_.k);
    threads_ = work < serial_work ? 1 : usable_threads();
    thin_ = p_.m <= t_.rows;
  }

  void run() {
    // Sums that must be finished get all their terms in one strip.
    Index columns = std::min(p_.n, strip_columns), terms = p_.k;
    if (t_.finish)
      columns = std::min(columns, whole(packed_bytes / (p_.k * t_.b_bytes), t_.columns));
    else
      terms = std::min(terms, whole(packed_bytes / (round_up(columns, t_.columns) * t_.b_bytes), t_.depth));
    const Index rows = std::min(p_.m, whole(packed_bytes / (terms * t_.a_bytes), t_.rows));
    Packed a{0, rows, 0, terms, t_.rows, t_.depth, t_.granule, t_.a_bytes};
    Packed b{0, columns, 0, terms, t_.columns, t_.depth, t_.granule, t_.b_bytes};
    const Array a_room = Array::empty({a.size()}, DType::u8), b_room = Array::empty({thin_ ? 0 : b.size()}, DType::u8);
    a.data = a_room.data();
    b.data = b_room.data();
    for (b.first = 0; b.first < p_.n; b.first += columns)
      for (b.term = 0; b.term < p_.k; b.term += terms) {
        b.count = std::min(columns, p_.n - b.first);
        a.term = b.term;
        a.terms = b.terms = std::min(terms, p_.k - b.term);
        if (!thin_) pack(b, true);
        for (a.first = 0; a.first < p_.m; a.first += rows) {
          a.count = std::min(rows, p_.m - a.first);
          if (b.first == 0 || rows < p_.m || terms < p_.k) pack(a, false);
          multiply_strips(a, b);
        }
      }
  }

 private:
  static Index whole(Index value, Index of) { return std::max<Index>(value / of, 1) * of; }

  template <class F>
  void parallel(Index count, const F& body) const {
    if (threads_ == 1)
      body(Index{0}, count);
    else
      parallel_for(count, 1, body);
  }

  void pack(const Packed& to, bool is_b) const {
    const Index panels = to.panels();
    parallel(panels * blocks(to.terms, to.depth), [&](Index begin, Index end) {
      for (Index task = begin; task < end; ++task)
        pack_panel(to, is_b, task / panels, task % panels, to.panel(task / panels, task % panels));
    });
  }

  void pack_panel(const Packed& to, bool is_b, Index block, Index number, std::byte* panel) const {
    const Index line = to.first + number * to.width, term = to.term + block * to.depth;
    Matrix m = is_b ? p_.b : p_.a;
    m.data += is_b ? term * m.row + line * m.column : line * m.row + term * m.column;
    (is_b ? t_.pack_b : t_.pack_a)(m, std::min(to.width, to.count - number * to.width), to.depth_of(block),
                                   to.padded(block), panel);
  }

  void multiply_strips(const Packed& a, const Packed& b) const {
    const Index down = a.panels(), across = b.panels(), wanted = threads_ == 1 ? 1 : threads_ * blocks_a_thread;
    Index rows = std::min(down, std::max<Index>(t_.most_rows / t_.rows, 1));
    Index columns = std::min(across, std::max<Index>(block_columns / t_.columns, 1));
    while (blocks(down, rows) * blocks(across, columns) < wanted && rows * columns > 1)
      if (rows > 1 && (columns == 1 || rows * t_.rows > columns * t_.columns))
        rows = blocks(rows, 2);
      else
        columns = blocks(columns, 2);
    rows = blocks(down, blocks(down, rows));
    columns = blocks(across, blocks(across, columns));
    const Index tall = blocks(down, rows);
    parallel(tall * blocks(across, columns), [&](Index begin, Index end) {
      const Index sum_bytes = rows * columns * tile_bytes();
      const Array room =
          Array::empty({sum_bytes + (thin_ ? (t_.depth + t_.granule) * t_.columns * t_.b_bytes : 0)}, DType::u8);
      if (t_.enter) t_.enter();
      for (Index task = begin; task < end; ++task) {
        const Index row = task % tall * rows, column = task / tall * columns;
        multiply_block(a, b, {row, std::min(rows, down - row), column, std::min(columns, across - column)}, room.data(),
                       room.data() + sum_bytes);
      }
      if (t_.leave) t_.leave();
    });
  }

  // Panels of b that serve one panel of a are packed in `scratch` when it is their turn.
  void multiply_block(const Packed& a, const Packed& b, const Block& block, std::byte* sums, std::byte* scratch) const {
    const Index deep = blocks(a.terms, t_.depth);
    for (Index d = 0; d < deep; ++d) {
      const Index padded = a.padded(d), b_panel = padded * t_.columns * t_.b_bytes;
      const Index ahead_step = blocks(t_.columns * t_.b_bytes, block.rows);  // the next panel, while this one is used
      std::byte* to = sums;
      for (Index j = 0; j < block.columns; ++j) {
        const std::byte* panel = thin_ ? scratch : b.panel(d, block.column + j);
        if (thin_) pack_panel(b, true, d, block.column + j, scratch);
        for (Index i = 0; i < block.rows; ++i, to += tile_bytes()) {
          const std::byte *ahead = panel + b_panel + i * padded * ahead_step, *before = d > 0 ? to : nullptr;
          TileCall call{padded, a.panel(d, block.row + i), panel, before,
                        to,     t_.columns * sum_bytes_,   ahead, ahead_step};
          const Index row = a.first + (block.row + i) * t_.rows, column = b.first + (block.column + j) * t_.columns;
          if (d + 1 == deep && a.term == 0 && goes_straight(row, column)) {
            call.sums = p_.c + (row * p_.n + column) * sum_bytes_;
            call.row = p_.n * sum_bytes_;
            t_.tile(call);
            continue;
          }
          t_.tile(call);
          if (d + 1 == deep) write(to, row, column, a.term > 0);
        }
      }
    }
  }

  Index tile_bytes() const { return round_up(t_.rows * t_.columns * sum_bytes_, 64); }

  // Whether the tile there is whole and the result holds the sums as they are.
  bool goes_straight(Index row, Index column) const {
    return row + t_.rows <= p_.m && column + t_.columns <= p_.n && !t_.finish && !p_.row_start && !p_.column_start;
  }

  // A finished tile to its place in the result.
  void write(const std::byte* sums, Index row, Index column, bool add) const {
    const Index rows = std::min<Index>(t_.rows, p_.m - row), columns = std::min<Index>(t_.columns, p_.n - column);
    switch (t_.sum) {
      case Sum::f32:
        return write_as<float>(sums, row, rows, column, columns, add);
      case Sum::f64:
        return write_as<double>(sums, row, rows, column, columns, add);
      case Sum::i32:
        return write_as<std::uint32_t>(sums, row, rows, column, columns, add);
    }
  }

  template <class T>
  void write_as(const std::byte* sums, Index row, Index rows, Index column, Index columns, bool add) const {
    const auto* from = reinterpret_cast<const T*>(sums);
    for (Index i = 0; i < rows; ++i, from += t_.columns) {
      const Index at = (row + i) * p_.n + column;
      if (t_.finish) {
        t_.finish(from, columns, p_.c + at * t_.result_bytes);
        continue;
      }
      T* to = reinterpret_cast<T*>(p_.c) + at;
      if (add)
        for (Index j = 0; j < columns; ++j) to[j] += from[j];
      else
        std::copy_n(from, columns, to);
      if (add || !(p_.row_start || p_.column_start)) continue;
      const T of_row = p_.row_start ? static_cast<T>(p_.row_start[row + i]) : T{};
      for (Index j = 0; j < columns; ++j)
        to[j] += of_row + (p_.column_start ? static_cast<T>(p_.column_start[column + j]) : T{});
    }
  }

  const Tiles& t_;
  const Product& p_;
  Index sum_bytes_;
  Index threads_;
  bool thin_;  // one panel of a
};

}  // namespace

void multiply(const Tiles& tiles, const Product& product) {
  Multiplier(tiles, product).run();
}

Product row_of_column(Product p) {
  if (p.n != 1) return p;
  std::swap(p.a, p.b);
  std::swap(p.a.row, p.a.column);
  std::swap(p.b.row, p.b.column);
  std::swap(p.m, p.n);
  return p;
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
