// Types and loops of generated kernels. Compiled for CUDA without headers, and by tests as plain C++, where
// FOVEA_ELEMENTS, FOVEA_LANES and CUDA's own words are given.
typedef signed char i8;
typedef unsigned char u8;
typedef short i16;
typedef unsigned short u16;
typedef int i32;
typedef unsigned int u32;
typedef long long i64;
typedef unsigned long long u64;
typedef float f32;
typedef double f64;
struct f16 {
  u16 bits;
};
struct bf16 {
  u16 bits;
};
template <class T>
struct Complex {
  T re, im;
};
typedef Complex<f32> c64;
typedef Complex<f64> c128;

#ifndef FOVEA_ELEMENTS
// i goes over this thread's share of `count` elements.
#define FOVEA_ELEMENTS(i, count)                                                         \
  for (Index i = static_cast<Index>(blockIdx.x) * blockDim.x + threadIdx.x; i < (count); \
       i += static_cast<Index>(gridDim.x) * blockDim.x)
// Runs the statement behind it for every lane of the block, then waits for all of them.
#define FOVEA_LANES(lane) for (int lane = static_cast<int>(threadIdx.x), once = 1; once != 0; once = 0, __syncthreads())
#endif

template <class A, class B>
constexpr bool same = false;
template <class A>
constexpr bool same<A, A> = true;

template <class T>
constexpr bool is_half = same<T, f16> || same<T, bf16>;
template <class T>
constexpr bool is_complex = same<T, c64> || same<T, c128>;
template <class T>
constexpr bool is_floating = same<T, f32> || same<T, f64>;
template <class T>
constexpr bool is_integer = !is_half<T> && !is_complex<T> && !is_floating<T> && !same<T, bool>;
template <class T>
constexpr bool is_signed = static_cast<T>(-1) < static_cast<T>(0);

template <int bytes>
struct UnsignedOf;
template <>
struct UnsignedOf<1> {
  typedef u8 type;
};
template <>
struct UnsignedOf<2> {
  typedef u16 type;
};
template <>
struct UnsignedOf<4> {
  typedef u32 type;
};
template <>
struct UnsignedOf<8> {
  typedef u64 type;
};
template <class T>
using Unsigned = typename UnsignedOf<sizeof(T)>::type;

template <class To, class From>
__device__ inline To bits_as(From from) {
  static_assert(sizeof(To) == sizeof(From));
  To to;
  memcpy(&to, &from, sizeof(to));
  return to;
}

// The place of element i of an array of these extents, and how far from the first element it lies.
template <class Index, int axes>
__device__ inline void unravel(Index i, const i64 (&extent)[axes], Index (&at)[axes]) {
  for (int k = axes - 1; k > 0; --k) {
    const Index n = static_cast<Index>(extent[k]);
    at[k] = i % n;
    i /= n;
  }
  at[0] = i;
}
template <class Index, int axes>
__device__ inline Index offset(const Index (&at)[axes], const i64 (&stride)[axes]) {
  Index sum = 0;
  for (int k = 0; k < axes; ++k) sum += at[k] * static_cast<Index>(stride[k]);
  return sum;
}
