#include "bench/portable.h"

#include <cstdlib>
#include <optional>
#include <string>

namespace fovea::cli {
namespace {

constexpr const char* variable = "FOVEA_VARIANT";

class Variant {
 public:
  explicit Variant(const char* wish) {
    if (const char* before = std::getenv(variable)) before_ = before;
    ::setenv(variable, wish, 1);
  }
  ~Variant() {
    if (before_)
      ::setenv(variable, before_->c_str(), 1);
    else
      ::unsetenv(variable);
  }
  Variant(const Variant&) = delete;
  Variant& operator=(const Variant&) = delete;

 private:
  std::optional<std::string> before_;
};

}  // namespace

std::function<void()> portable(std::function<void()> run) {
  return [run = std::move(run)] {
    const Variant kept("portable");
    run();
  };
}

}  // namespace fovea::cli
