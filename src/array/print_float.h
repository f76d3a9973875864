#pragma once
#include <string>

#include "fovea/dtype.h"

namespace fovea {

// The shortest decimal that reads back as the value: 0.1, 1e+300, nan.
std::string shortest(double value);

// A finite number cut at a decimal point: 12.5 is "12" and "5". No zeros at the end of the fraction.
struct Decimal {
  std::string whole, fraction;
  int exponent = 0;  // of ten, in scientific notation
};
// The shortest digits that read back as the same value of the type (f16, bf16, f32 or f64); where they have more than
// `precision` places after the point, the exact value rounded to so many, halves to even.
Decimal positional(double value, DType, int precision);
Decimal scientific(double value, DType, int precision);
// With exactly so many places: the value itself rounded, zeros at the end too.
Decimal scientific_exact(double value, int places);

}  // namespace fovea
