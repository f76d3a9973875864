#include <cstring>
#include <fstream>
#include <iterator>
#include <regex>
#include <string>
#include <vector>

#include "device/cuda/nvrtc_functions.h"
#include "support/host_cuda.h"

// NVRTC whose machine code is a shared library of the host, made by the host's compiler: what cuModuleLoadDataEx() of
// this library takes.
struct fovea::nvrtc::ProgramState {
  std::string source, log;
  std::vector<std::string> names;
  std::string image;
};

namespace {

using fovea::nvrtc::Program;
using fovea::nvrtc::ProgramState;
using fovea::nvrtc::Status;

constexpr int invalid_option = 5;

std::string lowered(const ProgramState& program, std::size_t index) {
  const std::string& name = program.names[index];
  return std::regex_match(name, std::regex("\\w+")) ? name : "kernel" + std::to_string(index);
}

// "source:3:5: error: text" as NVRTC writes it.
std::string as_log(const std::string& text) {
  return std::regex_replace(text, std::regex("source:(\\d+):\\d+: error:"), "source($1): error:");
}

std::string host_source(const ProgramState& program) {
  std::string text = fovea::test::host_cuda;
  text += "#line 1 \"source\"\n" + program.source + "\n#line 1 \"launchers\"\n";
  const bool generated = program.source.find("FOVEA_LANES") != std::string::npos;
  const std::regex entry(R"re(extern "C" __global__ void (\w+)\()re");
  const std::string& source = program.source;
  if (program.names.empty())
    for (std::sregex_iterator at(source.begin(), source.end(), entry), end; at != end; ++at)
      text += fovea::test::host_launcher((*at)[1], (*at)[1], generated);
  for (std::size_t k = 0; k < program.names.size(); ++k)
    text += fovea::test::host_launcher(lowered(program, k), program.names[k], false);
  return text;
}

}  // namespace

extern "C" {

Status nvrtcVersion(int* major, int* minor) {
  *major = 0, *minor = 1;
  return 0;
}
Status nvrtcGetNumSupportedArchs(int* count) {
  *count = 2;
  return 0;
}
Status nvrtcGetSupportedArchs(int* capabilities) {
  capabilities[0] = 80, capabilities[1] = 90;
  return 0;
}
Status nvrtcCreateProgram(Program* program, const char* source, const char*, int, const char* const*,
                          const char* const*) {
  *program = new ProgramState{source, "", {}, ""};
  return 0;
}
Status nvrtcDestroyProgram(Program* program) {
  delete *program;
  *program = nullptr;
  return 0;
}
Status nvrtcAddNameExpression(Program program, const char* name) {
  program->names.emplace_back(name);
  return 0;
}

// Of the options those that begin with -D count.
Status nvrtcCompileProgram(Program program, int count, const char* const* options) {
  std::vector<std::string> defined;
  for (const std::string option : std::vector<const char*>(options, options + count)) {
    if (option.starts_with("-D")) defined.push_back(option);
    if (option.starts_with("--gpu-architecture=") && option != "--gpu-architecture=sm_90" &&
        option != "--gpu-architecture=sm_80") {
      program->log = "nvrtc: error: invalid value for --gpu-architecture";
      return invalid_option;
    }
  }
  const fovea::test::TemporaryDirectory folder;
  const auto compiled = fovea::test::compile_on_host(folder, "kernels", host_source(*program), defined);
  program->log = as_log(compiled.err);
  if (compiled.exit_code != 0) return fovea::nvrtc::compilation_failed;
  std::ifstream in(folder.path() / "kernels.so", std::ios::binary);
  program->image.assign(std::istreambuf_iterator<char>(in), {});
  return 0;
}
Status nvrtcGetProgramLogSize(Program program, std::size_t* bytes) {
  *bytes = program->log.size() + 1;
  return 0;
}
Status nvrtcGetProgramLog(Program program, char* log) {
  std::memcpy(log, program->log.c_str(), program->log.size() + 1);
  return 0;
}
Status nvrtcGetLoweredName(Program program, const char* name, const char** lowered_name) {
  static thread_local std::string text;
  for (std::size_t k = 0; k < program->names.size(); ++k)
    if (program->names[k] == name) text = lowered(*program, k);
  *lowered_name = text.c_str();
  return 0;
}
Status nvrtcGetCUBINSize(Program program, std::size_t* bytes) {
  *bytes = program->image.size();
  return 0;
}
Status nvrtcGetCUBIN(Program program, char* code) {
  std::memcpy(code, program->image.data(), program->image.size());
  return 0;
}
Status nvrtcGetPTXSize(Program program, std::size_t* bytes) {
  return nvrtcGetCUBINSize(program, bytes);
}
Status nvrtcGetPTX(Program program, char* code) {
  return nvrtcGetCUBIN(program, code);
}
}
