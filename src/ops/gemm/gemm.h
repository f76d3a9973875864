#pragma once
#include <cstddef>
#include <cstdint>

#include "ops/gemm/shape.h"

// Blocked matrix products after Goto and van de Geijn, "Anatomy of High-Performance Matrix Multiplication" (ACM TOMS
// 34(3), 2008): panels of both operands are packed and small tiles of the result stay in registers. Other than there,
// a block of the result gets all its terms before the next one, in tiles that lie side by side in the L2 cache: the
// result is written once, whatever its stride.
namespace fovea::ops::gemm {

// Element (i, j) lies at data + i * row + j * column bytes.
struct Matrix {
  const std::byte* data = nullptr;
  Index row = 0, column = 0;
};

enum class Sum { f32, f64, i32 };  // what products are added up in

struct TileCall {
  Index padded;  // terms
  const void *a, *b;
  const void* before;      // sums so far, a contiguous [rows][columns] aligned to 64 bytes; null: none
  void* sums;              // before + a b
  Index row;               // bytes between rows of sums
  const std::byte* ahead;  // to be fetched into L2 meanwhile, `ahead_step` bytes a term
  Index ahead_step;
};

// How one instruction set multiplies one pair of types. Packed panels are padded with zeros to whole tiles.
struct Tiles {
  int rows, columns;     // of a tile of the result
  Index depth;           // terms of a block: a panel of b of so many stays in the L1 cache
  Index granule;         // packed panels hold a multiple of so many terms
  int a_bytes, b_bytes;  // of one packed term of one row or column
  Sum sum;
  Index most_rows;  // of a block of the result, whose packed rows stay in the L2 cache beside it
  void (*pack_a)(Matrix a, Index rows, Index depth, Index padded, void* panel);
  void (*pack_b)(Matrix b, Index columns, Index depth, Index padded, void* panel);
  void (*tile)(const TileCall&);
  void (*enter)() = nullptr;  // on the thread, before and after its tiles
  void (*leave)() = nullptr;
  // Writes `count` sums as the result's type; null: the result holds sums.
  void (*finish)(const void* sums, Index count, void* result) = nullptr;
  int result_bytes = 0;
};

struct Product {
  Index m, n, k;
  Matrix a, b;
  std::byte* c;                                                      // contiguous
  const std::int32_t *row_start = nullptr, *column_start = nullptr;  // what i32 sums start at, added; null: 0
};

// All of it on the threads of the budget. Every element is added up in the same order for any number of them.
void multiply(const Tiles&, const Product&);

// A column as what it is too, the row xT MT of M x: few rows are quicker than few columns. For operands of one type.
Product row_of_column(Product);

// Batches that are one product of more rows, folded into the rows.
MatmulShape fold_batch(MatmulShape);

// product(Product) for each item of the batch: small items side by side on the threads, large ones one after the other.
template <class F>
void for_batch(const MatmulShape& s, const Array& a, const Array& b, const Array& c, const F& product) {
  const auto a_bytes = static_cast<Index>(size_of(a.dtype())), b_bytes = static_cast<Index>(size_of(b.dtype())),
             c_bytes = static_cast<Index>(size_of(c.dtype()));
  const auto item = [&](Index batch) {
    Index a_at, b_at;
    s.offsets(batch, a_at, b_at);
    product(Product{s.m,
                    s.n,
                    s.k,
                    {a.data() + a_at * a_bytes, s.a_row * a_bytes, s.a_k * a_bytes},
                    {b.data() + b_at * b_bytes, s.b_k * b_bytes, s.b_column * b_bytes},
                    c.data() + batch * s.m * s.n * c_bytes});
  };
  // In f64: the product of three extents may not fit an integer.
  const double work = static_cast<double>(s.m) * static_cast<double>(s.n) * static_cast<double>(s.k);
  constexpr double work_of_a_task = 1 << 16, shared_work = 1 << 22;
  if (s.batches == 1 || (work > shared_work && s.batches < 16)) {
    for (Index batch = 0; batch < s.batches; ++batch) item(batch);
    return;
  }
  parallel_for(s.batches, work < work_of_a_task ? static_cast<Index>(work_of_a_task / (work + 16)) : 1,
               [&](Index begin, Index end) {
                 for (Index batch = begin; batch < end; ++batch) item(batch);
               });
}

}  // namespace fovea::ops::gemm
