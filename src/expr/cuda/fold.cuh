// Reductions. A fold has columns, each of `length` terms; a block takes `width` columns and of each a part. Its lanes
// take turns at runs of terms that lie one behind the other, as many as one load of 16 bytes holds. Terms, lanes and
// parts combine in an order that follows from these numbers and the length of a run alone, however terms are loaded. A
// lane may fold several neighbouring columns beside one another, when a load brings terms of all of them.
constexpr int block_lanes = 256;

struct Geometry {
  i64 columns, length;
  i64 width;  // columns of a block, in as many as one lane folds: a power of 2, at most block_lanes
  i64 runs;   // of a lane
  i64 parts;  // of a column: its terms over block_lanes / width * runs * the length of a run
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
// Elements that one load brings.
template <class T, int n>
struct alignas(sizeof(T) * n) Several {
  T at[n];
};

template <class Fold>
struct StateBefore {
  static constexpr int run = 1, together = 1;
  static constexpr bool rows = true;  // a column's terms lie together
  const Level<Fold>& level;
  __device__ void terms(i64 column, i64 k, typename Fold::State (&to)[run]) const { to[0] = (*this)(column, k); }
  __device__ typename Fold::State operator()(i64 column, i64 k) const {
    return level.from[column * level.geometry.length + k];
  }
};

// A lane's runs, the first from term k on and then every `step`. Terms v, v + 4, v + 8 ... of a run go to one of four
// sums, so that loads and additions need not wait for each other; these combine by halves. Only the last run of a
// column may be short.
template <class Fold, class Term>
__device__ inline typename Fold::State lane_state(const Term& term, i64 column, i64 k, i64 end, i64 step) {
  typedef typename Fold::State State;
  constexpr int run = Term::run, sums = run < 4 ? run : 4;
  State states[sums], terms[run];
  int filled = 0;
  if (end - k >= run) {
    term.terms(column, k, terms);
    for (int v = 0; v < run; ++v) states[v % sums] = v < sums ? terms[v] : Fold::combined(states[v % sums], terms[v]);
    filled = sums;
#pragma unroll 4
    for (k += step; end - k >= run; k += step) {
      term.terms(column, k, terms);
      for (int v = 0; v < run; ++v) states[v % sums] = Fold::combined(states[v % sums], terms[v]);
    }
  }
  for (int v = 0; v < run - 1; ++v) {
    if (k + v >= end) continue;
    const State one = term(column, k + v);
    states[v % sums] = v < filled || filled == sums ? Fold::combined(states[v % sums], one) : one;
    if (filled <= v && filled < sums) ++filled;
  }
  for (int half = sums / 2; half > 0; half /= 2)
    for (int v = 0; v < half; ++v)
      if (v + half < filled) states[v] = Fold::combined(states[v], states[v + half]);
  return states[0];
}

// The same of neighbouring columns, whose runs are of one term.
template <class Fold, class Term>
__device__ inline void lane_states(const Term& term, i64 column, i64 k, i64 end, i64 step,
                                   typename Fold::State (&states)[Term::together]) {
  static_assert(Term::run == 1);
  term.neighbours(column, k, states);
#pragma unroll 4
  for (k += step; k < end; k += step) {
    typename Fold::State terms[Term::together];
    term.neighbours(column, k, terms);
    for (int n = 0; n < Term::together; ++n) states[n] = Fold::combined(states[n], terms[n]);
  }
}

template <class Fold, class Term>
__device__ inline void fold_parts(typename Fold::State (&shared)[Term::together][block_lanes], const Level<Fold>& level,
                                  Term term) {
  const Geometry& g = level.geometry;
  constexpr int run = Term::run, together = Term::together;
  const int width = static_cast<int>(g.width), depth = block_lanes / width;
  const i64 height = depth * g.runs * run, tile = width * together, tiles = (g.columns + tile - 1) / tile;
  for (i64 block = blockIdx.x; block < tiles * g.parts; block += gridDim.x) {
    const i64 first_column = block / g.parts * tile, part = block % g.parts, first = part * height;
    const i64 left = g.length - first, end = first + (left < height ? left : height);
    const i64 runs = (left + run - 1) / run;
    const int filled = runs < depth ? static_cast<int>(runs) : depth;
    FOVEA_LANES(lane) {  // neighbours take what lies together
      const int row = Term::rows ? lane % depth : lane / width, across = Term::rows ? lane / depth : lane % width;
      const i64 column = first_column + across * together, k = first + row * run, step = static_cast<i64>(depth) * run;
      if (column < g.columns && k < end) {
        typename Fold::State states[together];
        if constexpr (together == 1)
          states[0] = lane_state<Fold>(term, column, k, end, step);
        else
          lane_states<Fold>(term, column, k, end, step, states);
        for (int n = 0; n < together; ++n) shared[n][row * width + across] = states[n];
      }
    }
    for (int half = depth / 2; half > 0; half /= 2) {
      FOVEA_LANES(lane) {
        const int row = lane / width;
        if (row < half && row + half < filled)
          for (auto& of : shared) of[lane] = Fold::combined(of[lane], of[lane + half * width]);
      }
    }
    FOVEA_LANES(lane) {
      const i64 column = first_column + lane * together;
      if (lane < width && column < g.columns)
        for (int n = 0; n < together; ++n) level.finish(column + n, part, shared[n][lane]);
    }
  }
}
