#include "fovea/processor.h"
#include "fovea/source.h"

namespace fovea {
namespace {

class Listed final : public Source {
 public:
  explicit Listed(std::span<const std::string> inputs) : paths_(list_inputs(inputs)) {}
  std::optional<std::string> next() override {
    return next_ == paths_.size() ? std::nullopt : std::optional(paths_[next_++]);
  }
  Content take() override { return FileContent{paths_[next_ - 1]}; }
  std::optional<std::int64_t> count() const override { return static_cast<std::int64_t>(paths_.size()); }

 private:
  std::vector<std::string> paths_;
  std::size_t next_ = 0;
};

}  // namespace

std::unique_ptr<Source> open_source(std::span<const std::string> inputs, const SourceOptions&) {
  return std::make_unique<Listed>(inputs);
}

}  // namespace fovea
