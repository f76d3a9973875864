#include "device/cuda/nvrtc.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "device/cuda/nvrtc_library.h"

namespace fovea {
namespace {

// Products and sums are not contracted, so that results are those of the host; f32 roots and quotients are rounded to
// nearest.
const char* const always[] = {"--std=c++17", "--fmad=false", "--prec-sqrt=true", "--prec-div=true", "--ftz=false"};

const Nvrtc& loaded() {
  static const Nvrtc nvrtc = load_nvrtc(std::getenv("FOVEA_NVRTC"));
  if (!nvrtc.missing.empty())
    throw Error(Errc::not_found, "nvrtc: expected NVIDIA's run-time compiler, " + nvrtc.missing);
  return nvrtc;
}

class Program {
 public:
  Program(const Nvrtc& nvrtc, const KernelText& text) : nvrtc_(nvrtc) {
    check(nvrtc_.nvrtcCreateProgram(&handle_, text.source.c_str(), "source", 0, nullptr, nullptr),
          "nvrtcCreateProgram");
  }
  ~Program() {
    if (handle_ != nullptr) nvrtc_.nvrtcDestroyProgram(&handle_);
  }
  Program(const Program&) = delete;
  Program& operator=(const Program&) = delete;
  nvrtc::Program handle() const { return handle_; }

  static void check(nvrtc::Status status, const char* call) {
    if (status != nvrtc::success)
      throw Error(Errc::internal, "nvrtc: " + std::string(call) + " gave error " + std::to_string(status));
  }

  std::string log() const {
    std::size_t bytes = 0;
    check(nvrtc_.nvrtcGetProgramLogSize(handle_, &bytes), "nvrtcGetProgramLogSize");
    std::string text(bytes, '\0');
    check(nvrtc_.nvrtcGetProgramLog(handle_, text.data()), "nvrtcGetProgramLog");
    text.resize(text.find('\0') == std::string::npos ? text.size() : text.find('\0'));
    return text;
  }

  std::vector<std::byte> code(bool machine) const {
    std::size_t bytes = 0;
    check(machine ? nvrtc_.nvrtcGetCUBINSize(handle_, &bytes) : nvrtc_.nvrtcGetPTXSize(handle_, &bytes),
          "nvrtcGet...Size");
    std::vector<std::byte> code(bytes);
    char* to = reinterpret_cast<char*>(code.data());
    check(machine ? nvrtc_.nvrtcGetCUBIN(handle_, to) : nvrtc_.nvrtcGetPTX(handle_, to), "nvrtcGet...");
    return code;
  }

 private:
  const Nvrtc& nvrtc_;
  nvrtc::Program handle_ = nullptr;
};

// The lines of a log that say what is wrong, else its first: at most three.
std::string first_errors(const std::string& log) {
  std::vector<std::string> errors, others;
  for (std::size_t at = 0; at < log.size();) {
    const std::size_t end = std::min(log.find('\n', at), log.size());
    const std::string line = log.substr(at, end - at);
    const std::size_t text = line.find_first_not_of(' ');
    if (text != std::string::npos)
      (line.find("error") != std::string::npos ? errors : others).push_back(line.substr(text));
    at = end + 1;
  }
  std::vector<std::string>& lines = errors.empty() ? others : errors;
  std::string result;
  for (std::size_t k = 0; k < std::min<std::size_t>(lines.size(), 3); ++k)
    result += (k == 0 ? "" : "; ") + escaped(lines[k].substr(0, 300));
  return result.empty() ? "it says nothing" : result;
}

}  // namespace

std::span<const char* const> nvrtc_options() {
  return always;
}

std::string nvrtc_version() {
  const Nvrtc& nvrtc = loaded();
  return std::to_string(nvrtc.major) + "." + std::to_string(nvrtc.minor);
}

Result<KernelImage> nvrtc_compile(const KernelText& text) {
  const Nvrtc& nvrtc = loaded();
  const auto& known = nvrtc.capabilities;
  const bool machine = std::binary_search(known.begin(), known.end(), text.capability);
  const auto above = std::upper_bound(known.begin(), known.end(), text.capability);
  if (!machine && above == known.begin())
    return Error(Errc::unsupported, "nvrtc: expected a device of compute capability " + std::to_string(known.front()) +
                                        " or more (ten times), got " + std::to_string(text.capability));
  std::vector<std::string> options(std::begin(always), std::end(always));
  options.push_back(machine ? "--gpu-architecture=sm_" + std::to_string(text.capability)
                            : "--gpu-architecture=compute_" + std::to_string(*(above - 1)));
  options.insert(options.end(), text.options.begin(), text.options.end());
  std::vector<const char*> pointers;
  for (const std::string& option : options) pointers.push_back(option.c_str());

  const Program program(nvrtc, text);
  if (!text.name.empty())
    Program::check(nvrtc.nvrtcAddNameExpression(program.handle(), text.name.c_str()), "nvrtcAddNameExpression");
  const nvrtc::Status status =
      nvrtc.nvrtcCompileProgram(program.handle(), static_cast<int>(pointers.size()), pointers.data());
  if (status != nvrtc::success)
    return Error(Errc::invalid_argument,
                 "nvrtc: expected a source that compiles, got errors: " + first_errors(program.log()));
  KernelImage image;
  image.bytes = program.code(machine);
  if (!text.name.empty()) {
    const char* name = nullptr;
    Program::check(nvrtc.nvrtcGetLoweredName(program.handle(), text.name.c_str(), &name), "nvrtcGetLoweredName");
    image.name = name;
  }
  return image;
}

}  // namespace fovea
