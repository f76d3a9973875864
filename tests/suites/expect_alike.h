#pragma once
#include "suites/op_cases.h"

namespace fovea::test {

bool same_bytes(const Array&, const Array&);

// How far a row's elements may lie from the portable body's.
double tolerance(const OpCase&);

// Equal types and shapes, and elements within the bound; 0: equal bits.
void expect_alike(const Array& got, const Array& wanted, double bound, const std::string& what);

}  // namespace fovea::test
