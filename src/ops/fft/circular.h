#pragma once
#include <functional>

#include "fovea/array.h"
#include "ops/fft/plan.h"

namespace fovea::ops::fourier {

// y[m, n] = sum over i, j of x[(m + i) mod rows, (n + j) mod columns] k[i, j] by real transforms of rows x columns.
// Spectra of columns are made, multiplied and turned back a panel at a time, in the cache.
template <class T>
class CircularCorrelation {
 public:
  // `kernel` is contiguous and must outlive this. Its rows and columns past the transform's are left out.
  CircularCorrelation(Index rows, Index columns, const T* kernel, Index kernel_rows, Index kernel_columns);

  // read(row, to) gives `columns` numbers of each of the first `filled` rows of x, on any thread; the others are zeros.
  void read(Index filled, const std::function<void(Index row, T* to)>& read);
  // y[m, n] of the first `rows` and `columns` to to[m * row + n * step]. Once for each read().
  void write(Index rows, Index columns, T* to, Index row, Index step);

 private:
  // Rows' half spectra: [panel][row][lanes] pairs.
  struct Spectra {
    Index rows = 0, pitch = 0;  // there, and room for
    Array pairs;
  };
  template <class Source>
  Spectra row_spectra(Index rows, Index pitch, Index count, const Source& source) const;
  void multiply_columns(Index wanted);

  std::shared_ptr<const Plan<T>> down_, across_;
  Index lanes_, panels_;
  Spectra x_, kernel_;
};

}  // namespace fovea::ops::fourier
