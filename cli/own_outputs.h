#pragma once
#include <filesystem>
#include <memory>
#include <vector>

#include "fovea/source.h"

namespace fovea::cli {

// The inputs of a source but for what the run itself writes: result files, their partial names and journals, and all
// that lies in result folders. Their first input is asked for at once. The source must outlive it.
class InputsButOutputs final : public Source {
 public:
  InputsButOutputs(Source&, const std::vector<std::filesystem::path>& outputs);
  bool empty() const { return !first_; }
  std::optional<std::string> next() override;
  Content take() override { return source_.take(); }
  std::optional<std::int64_t> count() const override;

 private:
  std::optional<std::string> next_other();
  bool is_output(const std::string& path) const;

  Source& source_;
  struct Output {
    std::string path, stem;  // absolute, without dots; its last part without an extension
  };
  std::vector<Output> outputs_;
  std::optional<std::string> first_;
  bool begun_ = false;
};

}  // namespace fovea::cli
