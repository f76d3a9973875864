#pragma once
#include <optional>

#include "pipeline/job/file_output.h"
#include "pipeline/job/folder_writer.h"

namespace fovea::pipeline {

// Files in a folder, and the list of them, FOLDER.files, which is what the journal tells of.
class FolderOutput final : public Output {
 public:
  explicit FolderOutput(std::filesystem::path folder);

  std::size_t matching(std::span<const Position>, bool final) override;
  void start(const Position*) override;
  void write(const Row&) override;
  Position commit() override;
  void seal(std::int64_t rows) override { listing_.seal(rows); }
  bool sealed(const Position&, std::int64_t rows, bool partial) override;
  void publish(bool replace) override { listing_.publish(replace); }
  bool exists() const override;
  void set_aside() override { listing_.set_aside(); }
  void drop_previous() override { listing_.drop_previous(); }
  std::unique_ptr<EarlierFile> earlier(const Position&, bool complete) override;
  void copy(const EarlierRow& row, std::int64_t index, const EarlierFile& file) override {
    listing_.copy(row, index, file);
  }

 private:
  FolderWriter& writer();
  std::int64_t first_missing(const EarlierFile&);

  std::filesystem::path folder_;
  FileOutput listing_;
  std::optional<FolderWriter> writer_;  // from the first need on
};

}  // namespace fovea::pipeline
