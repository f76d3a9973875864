#include "fovea/fetch.h"
#include "pipeline/input/sources.h"

namespace fovea::pipeline {
namespace {

class UrlSource final : public Source {
 public:
  explicit UrlSource(std::string url) : url_(std::move(url)) {}
  std::optional<std::string> next() override {
    return std::exchange(named_, true) ? std::nullopt : std::optional(public_url(url_));
  }
  Content take() override { return UrlContent{url_}; }
  std::optional<std::int64_t> count() const override { return 1; }

 private:
  std::string url_;
  bool named_ = false;
};

}  // namespace

std::unique_ptr<Source> url_source(const std::string& url) {
  return std::make_unique<UrlSource>(url);
}

}  // namespace fovea::pipeline
