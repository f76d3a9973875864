#pragma once
#include <cstdint>

// The matrices of Winograd's minimal filtering F(m, r) by the Toom-Cook construction (Winograd 1980; Lavin and Gray,
// "Fast Algorithms for Convolutional Neural Networks", 2015): y = A^T [(G g) (B^T d)] for a window g of r taps, with
// n = m + r - 1 points 0, infinity, +-a, +-b, ... A tile at the picture's edge with fewer outputs uses the first points
// of the same list, with B^T scaled so that the transformed weights G g stay those of all points.
namespace fovea::ops::winograd {

inline constexpr int most_points = 8, most_taps = 4;

struct Matrix {
  double at[most_points][most_points] = {};
};

// Point `i` of a list of `points`. Infinity is i = 1, and has no value. +-1/sqrt2 and +-sqrt2 round least of the pairs
// tried for six points: 0.45 of the error of +-1 and +-2.
constexpr double point(int points, int i) {
  constexpr double six[2] = {0.70710678118654752, 1.41421356237309505}, others[3] = {1, 2, 0.5};
  if (i < 2) return 0;
  const double size = points == 6 ? six[(i - 2) / 2] : others[(i - 2) / 2];
  return i % 2 ? -size : size;
}

// B^T of a tile that uses the first `used` of `points`: a row a point, the polynomial of the other finite points.
constexpr Matrix input_matrix(int points, int used) {
  Matrix m;
  for (int i = 0; i < used; ++i) {
    double* row = m.at[i];
    row[0] = 1;
    int degree = 0;
    for (int j = 0; j < points; ++j) {
      if (j == 1 || j == i) continue;
      const double root = point(points, j);
      if (j < used) {
        ++degree;
        for (int k = degree; k >= 0; --k) row[k] = (k > 0 ? row[k - 1] : 0) - root * row[k];
      } else if (i != 1) {
        for (int k = 0; k <= degree; ++k) row[k] *= point(points, i) - root;
      }
    }
  }
  return m;
}

// A^T: a row an output, the powers of the points.
constexpr Matrix output_matrix(int points, int used, int outputs) {
  Matrix m;
  for (int i = 0; i < used; ++i) {
    double power = 1;
    for (int k = 0; k < outputs; ++k, power *= point(points, i)) m.at[k][i] = i == 1 ? k == outputs - 1 : power;
  }
  return m;
}

// G: a row a point, its powers over the product of its distances from the others.
constexpr Matrix weight_matrix(int points, int taps) {
  Matrix m;
  for (int i = 0; i < points; ++i) {
    double distances = 1, power = 1;
    for (int j = 0; j < points; ++j)
      if (j != 1 && j != i && i != 1) distances *= point(points, i) - point(points, j);
    for (int k = 0; k < taps; ++k, power *= point(points, i)) m.at[i][k] = i == 1 ? k == taps - 1 : power / distances;
  }
  return m;
}

// G of windows of 3 and stride 2: the first and third tap at the points, which the even inputs go to, then the second.
constexpr Matrix strided_weight_matrix(int points) {
  const Matrix outer = weight_matrix(points, 2);
  Matrix m;
  for (int i = 0; i < points; ++i) m.at[i][0] = outer.at[i][0], m.at[i][2] = outer.at[i][1];
  m.at[points][1] = 1;
  return m;
}

}  // namespace fovea::ops::winograd
