// Comparison, logic and selection.
namespace fn {

template <class T>
__device__ inline bool equal(T a, T b) {
  return a == b;
}
template <class T>
__device__ inline bool not_equal(T a, T b) {
  return a != b;
}
template <class T>
__device__ inline bool less(T a, T b) {
  return a < b;
}
template <class T>
__device__ inline bool less_equal(T a, T b) {
  return a <= b;
}
template <class T>
__device__ inline bool greater(T a, T b) {
  return a > b;
}
template <class T>
__device__ inline bool greater_equal(T a, T b) {
  return a >= b;
}
template <class T>
__device__ inline T bitwise_and(T a, T b) {
  return static_cast<T>(a & b);
}
template <class T>
__device__ inline T bitwise_or(T a, T b) {
  return static_cast<T>(a | b);
}
template <class T>
__device__ inline T bitwise_xor(T a, T b) {
  return static_cast<T>(a ^ b);
}
template <class T>
__device__ inline T invert(T a) {
  if constexpr (same<T, bool>)
    return !a;
  else
    return static_cast<T>(~a);
}
__device__ inline bool logical_and(bool a, bool b) {
  return a && b;
}
__device__ inline bool logical_or(bool a, bool b) {
  return a || b;
}
__device__ inline bool logical_xor(bool a, bool b) {
  return a != b;
}
__device__ inline bool logical_not(bool a) {
  return !a;
}
template <class T>
__device__ inline T where(bool condition, T a, T b) {
  return condition ? a : b;
}

template <class T>
__device__ inline bool isnan(T a) {
  return a != a;
}
template <class T>
__device__ inline bool isinf(T a) {
  return a - a != a - a && a == a;
}
template <class T>
__device__ inline bool isfinite(T a) {
  return a - a == a - a;
}
template <class T>
__device__ inline bool signbit(T a) {
  if constexpr (is_floating<T>)
    return ::copysign(T(1), a) < 0;
  else
    return a < T(0);
}

// bool has its own sum and product; what is ordered by < works on truth as well.
__device__ inline bool add(bool a, bool b) {
  return a || b;
}
__device__ inline bool multiply(bool a, bool b) {
  return a && b;
}
__device__ inline bool square(bool a) {
  return a;
}
__device__ inline bool abs(bool a) {
  return a;
}

// Real numbers as complex ones.
template <class T>
__device__ inline T imag(T) {
  return T(0);
}
template <class T>
__device__ inline T angle(T a) {
  return a != a ? a : signbit(a) ? static_cast<T>(3.14159265358979323846) : T(0);
}

}  // namespace fn
