#include "fovea/sink.h"
#include "pipeline/job/folder_writer.h"

namespace fovea {
namespace {

class FolderSink final : public RowSink {
 public:
  explicit FolderSink(const std::filesystem::path& folder) : writer_(folder) {}
  void write(const Row& row) override {
    if (row.error || row.file.empty()) return;
    writer_.write(row.file, row.bytes);
    writer_.place();
  }
  void finish() override {}

 private:
  pipeline::FolderWriter writer_;
};

}  // namespace

std::unique_ptr<RowSink> folder_sink(const std::filesystem::path& folder) {
  return std::make_unique<FolderSink>(folder);
}

}  // namespace fovea
