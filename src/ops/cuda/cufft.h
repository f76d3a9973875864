#pragma once
#include <cufft.h>

#include "ops/cuda/library.h"

namespace fovea::ops::cuda {

// The functions of cuFFT that the transforms call, found once.
struct Cufft {
  decltype(&cufftCreate) create = nullptr;
  decltype(&cufftDestroy) destroy = nullptr;
  decltype(&cufftMakePlanMany64) plan_many = nullptr;
  decltype(&cufftSetStream) set_stream = nullptr;
  decltype(&cufftExecC2C) c2c = nullptr;
  decltype(&cufftExecZ2Z) z2z = nullptr;
  decltype(&cufftExecR2C) r2c = nullptr;
  decltype(&cufftExecD2Z) d2z = nullptr;
  decltype(&cufftExecC2R) c2r = nullptr;
  decltype(&cufftExecZ2D) z2d = nullptr;
  bool usable = false;
  std::string description;

  static const Cufft& get() {
    static const Cufft instance;
    return instance;
  }

 private:
  Cufft() {
    Library library("cuFFT", "libcufft.so." + std::to_string(CUFFT_VER_MAJOR));
    decltype(&cufftGetVersion) version = nullptr;
    library.find(version, "cufftGetVersion");
    library.find(create, "cufftCreate");
    library.find(destroy, "cufftDestroy");
    library.find(plan_many, "cufftMakePlanMany64");
    library.find(set_stream, "cufftSetStream");
    library.find(c2c, "cufftExecC2C");
    library.find(z2z, "cufftExecZ2Z");
    library.find(r2c, "cufftExecR2C");
    library.find(d2z, "cufftExecD2Z");
    library.find(c2r, "cufftExecC2R");
    library.find(z2d, "cufftExecZ2D");
    usable = library.usable();
    int v = 0;
    if (usable) version(&v);
    description = library.described(std::to_string(v / 1000) + "." + std::to_string(v / 100 % 10) + "." +
                                    std::to_string(v % 100));
  }
};

}  // namespace fovea::ops::cuda
