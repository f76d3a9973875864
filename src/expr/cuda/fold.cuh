// Reductions. A fold has columns, each of `length` terms; a block takes `width` columns and of each a part of 16 terms
// for every lane beside. Terms, lanes and parts combine in an order that follows from these numbers alone.
constexpr int block_lanes = 256, terms_a_lane = 16;

struct Geometry {
  i64 columns, length;
  i64 width;  // columns of a block: a power of 2, at most block_lanes
  i64 parts;  // of a column: its terms over block_lanes / width * terms_a_lane
};

template <class T>
struct Sum {
  typedef T State;
  __device__ static State of(T term, i64) { return term; }
  __device__ static State combined(State a, State b) { return fn::add(a, b); }
  __device__ static T result(State a) { return a; }
};
template <class T>
struct Product : Sum<T> {
  __device__ static T combined(T a, T b) { return fn::multiply(a, b); }
};
// Once the left is NaN it stays.
template <class T>
struct Smallest : Sum<T> {
  __device__ static T combined(T a, T b) { return a <= b || a != a ? a : b; }
};
template <class T>
struct Largest : Sum<T> {
  __device__ static T combined(T a, T b) { return a >= b || a != a ? a : b; }
};
struct Any : Sum<bool> {
  __device__ static bool combined(bool a, bool b) { return a || b; }
};
struct All : Sum<bool> {
  __device__ static bool combined(bool a, bool b) { return a && b; }
};

template <class T>
struct Place {
  i64 index;
  T value;
};
// Where the extreme is: the first of equals, NaN before all.
template <class T, class Extreme>
struct FirstOf {
  typedef Place<T> State;
  __device__ static State of(T term, i64 index) { return {index, term}; }
  __device__ static State combined(State a, State b) {
    const bool nan_a = a.value != a.value, nan_b = b.value != b.value;
    if (nan_a != nan_b) return nan_a ? a : b;
    if (nan_a || a.value == b.value) return a.index < b.index ? a : b;
    return Extreme::combined(a.value, b.value) == a.value ? a : b;
  }
  __device__ static i64 result(State a) { return a.index; }
};

// One of a fold's launches: from terms, or the states that the launch before left, to states or, if each column has but
// one part, to the result.
template <class Fold>
struct Level {
  typedef typename Fold::State State;
  const State* from;
  State* states;
  decltype(Fold::result(State()))* out;
  Geometry geometry;

  __device__ void finish(i64 column, i64 part, State state) const {
    if (geometry.parts == 1)
      out[column] = Fold::result(state);
    else
      states[column * geometry.parts + part] = state;
  }
};
template <class Fold>
struct StateBefore {
  const Level<Fold>& level;
  __device__ typename Fold::State operator()(i64 column, i64 k) const {
    return level.from[column * level.geometry.length + k];
  }
};

template <class Fold, class Term>
__device__ inline void fold_parts(typename Fold::State (&shared)[block_lanes], const Level<Fold>& level, Term term) {
  const Geometry& g = level.geometry;
  const int width = static_cast<int>(g.width), depth = block_lanes / width;
  const i64 height = static_cast<i64>(depth) * terms_a_lane, tiles = (g.columns + width - 1) / width;
  for (i64 block = blockIdx.x; block < tiles * g.parts; block += gridDim.x) {
    const i64 first_column = block / g.parts * width, part = block % g.parts, first = part * height;
    const i64 left = g.length - first, end = first + (left < height ? left : height);
    const int filled = left < depth ? static_cast<int>(left) : depth;
    FOVEA_LANES(lane) {
      const i64 column = first_column + lane % width;
      i64 k = first + lane / width;
      if (column < g.columns && k < end) {
        typename Fold::State state = term(column, k);
        for (k += depth; k < end; k += depth) state = Fold::combined(state, term(column, k));
        shared[lane] = state;
      }
    }
    for (int half = depth / 2; half > 0; half /= 2) {
      FOVEA_LANES(lane) {
        const int row = lane / width;
        if (row < half && row + half < filled) shared[lane] = Fold::combined(shared[lane], shared[lane + half * width]);
      }
    }
    FOVEA_LANES(lane) {
      const i64 column = first_column + lane;
      if (lane < width && column < g.columns) level.finish(column, part, shared[lane]);
    }
  }
}
