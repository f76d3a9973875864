#include "expr/cuda/prelude.h"

extern "C" const char fovea_kernel_types[], fovea_kernel_types_end[], fovea_kernel_functions[],
    fovea_kernel_functions_end[], fovea_kernel_complex[], fovea_kernel_complex_end[], fovea_kernel_fold[],
    fovea_kernel_fold_end[];

namespace fovea {

std::string kernel_prelude(bool complex, bool fold) {
  std::string text(fovea_kernel_types, fovea_kernel_types_end);
  text.append(fovea_kernel_functions, fovea_kernel_functions_end);
  if (complex) text.append(fovea_kernel_complex, fovea_kernel_complex_end);
  if (fold) text.append(fovea_kernel_fold, fovea_kernel_fold_end);
  return text;
}

}  // namespace fovea
