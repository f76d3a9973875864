#include "pipeline/input/sources.h"

namespace fovea::pipeline {
namespace {

class ErrorSource final : public Source {
 public:
  ErrorSource(std::string path, Error error) : path_(std::move(path)), error_(std::move(error)) {}
  std::optional<std::string> next() override {
    return std::exchange(named_, true) ? std::nullopt : std::optional(path_);
  }
  Content take() override { return error_; }
  std::optional<std::int64_t> count() const override { return 1; }

 private:
  std::string path_;
  Error error_;
  bool named_ = false;
};

}  // namespace

std::unique_ptr<Source> error_source(const std::string& path, const Error& error) {
  return std::make_unique<ErrorSource>(path, error);
}

}  // namespace fovea::pipeline
