#pragma once
#include <cublasLt.h>

#include "ops/cuda/library.h"

namespace fovea::ops::cuda {

// The functions of cuBLASLt that matmul calls, found once.
struct CublasLt {
  decltype(&cublasLtCreate) create = nullptr;
  decltype(&cublasLtMatmul) matmul = nullptr;
  decltype(&cublasLtMatmulAlgoGetHeuristic) heuristic = nullptr;
  decltype(&cublasLtMatmulDescCreate) desc_create = nullptr;
  decltype(&cublasLtMatmulDescDestroy) desc_destroy = nullptr;
  decltype(&cublasLtMatmulDescSetAttribute) desc_set = nullptr;
  decltype(&cublasLtMatrixLayoutCreate) layout_create = nullptr;
  decltype(&cublasLtMatrixLayoutDestroy) layout_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceCreate) preference_create = nullptr;
  decltype(&cublasLtMatmulPreferenceDestroy) preference_destroy = nullptr;
  decltype(&cublasLtMatmulPreferenceSetAttribute) preference_set = nullptr;
  bool usable = false;
  std::string description;

  static const CublasLt& get() {
    static const CublasLt instance;
    return instance;
  }

 private:
  CublasLt() {
    Library library("cuBLASLt", "libcublasLt.so." + std::to_string(CUBLAS_VER_MAJOR));
    decltype(&cublasLtGetVersion) version = nullptr;
    library.find(version, "cublasLtGetVersion");
    library.find(create, "cublasLtCreate");
    library.find(matmul, "cublasLtMatmul");
    library.find(heuristic, "cublasLtMatmulAlgoGetHeuristic");
    library.find(desc_create, "cublasLtMatmulDescCreate");
    library.find(desc_destroy, "cublasLtMatmulDescDestroy");
    library.find(desc_set, "cublasLtMatmulDescSetAttribute");
    library.find(layout_create, "cublasLtMatrixLayoutCreate");
    library.find(layout_destroy, "cublasLtMatrixLayoutDestroy");
    library.find(preference_create, "cublasLtMatmulPreferenceCreate");
    library.find(preference_destroy, "cublasLtMatmulPreferenceDestroy");
    library.find(preference_set, "cublasLtMatmulPreferenceSetAttribute");
    usable = library.usable();
    const std::size_t v = usable ? version() : 0;
    description = library.described(std::to_string(v / 10000) + "." + std::to_string(v / 100 % 100) + "." +
                                    std::to_string(v % 100));
  }
};

}  // namespace fovea::ops::cuda
