#pragma once
#include <cstddef>

// What is used of NVRTC's interface, declared here so that building needs no CUDA.
namespace fovea::nvrtc {

using Program = struct ProgramState*;
using Status = int;
enum : Status { success = 0, compilation_failed = 6 };

}  // namespace fovea::nvrtc

// clang-format off
#define FOVEA_NVRTC_FUNCTIONS(X)                                                                                  \
  X(nvrtcVersion, (int* major, int* minor))                                                                       \
  X(nvrtcGetNumSupportedArchs, (int* count))                                                                      \
  X(nvrtcGetSupportedArchs, (int* capabilities))                                                                  \
  X(nvrtcCreateProgram, (nvrtc::Program* program, const char* source, const char* name, int headers,              \
                         const char* const* header_sources, const char* const* header_names))                     \
  X(nvrtcDestroyProgram, (nvrtc::Program* program))                                                               \
  X(nvrtcAddNameExpression, (nvrtc::Program program, const char* expression))                                     \
  X(nvrtcCompileProgram, (nvrtc::Program program, int count, const char* const* options))                         \
  X(nvrtcGetProgramLogSize, (nvrtc::Program program, std::size_t* bytes))                                         \
  X(nvrtcGetProgramLog, (nvrtc::Program program, char* log))                                                      \
  X(nvrtcGetLoweredName, (nvrtc::Program program, const char* expression, const char** name))                     \
  X(nvrtcGetCUBINSize, (nvrtc::Program program, std::size_t* bytes))                                              \
  X(nvrtcGetCUBIN, (nvrtc::Program program, char* code))                                                          \
  X(nvrtcGetPTXSize, (nvrtc::Program program, std::size_t* bytes))                                                \
  X(nvrtcGetPTX, (nvrtc::Program program, char* code))
// clang-format on
