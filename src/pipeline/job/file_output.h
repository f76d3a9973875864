#pragma once
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/sha256.h"
#include "pipeline/job/directory.h"
#include "pipeline/job/output.h"
#include "pipeline/job/row_format.h"

namespace fovea::pipeline {

// Rows in a file, or in several archives.
class FileOutput final : public Output {
 public:
  struct Layout {
    EarlierFile::Kind kind = EarlierFile::Kind::jsonl;
    bool archive = false;
    TarShards shards;
    std::int64_t row_bytes = 0;  // of npy
  };
  FileOutput(const std::filesystem::path&, std::unique_ptr<RowFormat>, Layout);

  std::size_t matching(std::span<const Position>, bool final) override;
  void start(const Position*) override;
  void write(const Row&) override;
  void add(std::string_view entry);
  Position commit() override;
  void seal(std::int64_t rows) override;
  bool sealed(const Position&, std::int64_t rows, bool partial) override;
  void publish(bool replace) override;
  bool exists() const override;
  void set_aside() override;
  void drop_previous() override;
  std::unique_ptr<EarlierFile> earlier(const Position&, bool complete) override;
  void copy(const EarlierRow&, std::int64_t index, const EarlierFile&) override;

  bool begun() const { return directory_.find(name_of(0, Place::partial)).has_value(); }
  // The entries of the file that is being made, or is complete.
  std::unique_ptr<EarlierFile> written(std::int64_t bytes) const;

 private:
  enum class Place : std::uint8_t { final, partial, previous };
  std::string name_of(std::int64_t part, Place) const;
  std::string path_of(Place place) const { return directory_.path_of(name_of(position_.parts, place)); }
  std::optional<Descriptor> open_part(std::int64_t part, bool partial) const;
  std::unique_ptr<EarlierFile> entries(std::optional<Descriptor>, std::int64_t bytes, const std::string& path) const;
  void restore_digest(const Position&);
  void adopt();
  void open_next();
  void open_part_for_writing();
  void flush();
  void remove_behind(Place) const;
  bool tail_is_right(const Position&, std::int64_t rows, bool partial) const;

  Directory directory_;
  std::string name_;
  std::unique_ptr<RowFormat> format_;
  Layout layout_;
  std::int64_t head_bytes_;

  Descriptor file_;  // of the part that is written
  Position position_;
  Sha256 digest_;
  std::string buffer_, entry_;
  bool names_are_new_ = false;
  std::optional<std::pair<Position, Sha256>> matched_;  // the last position that matching() saw
};

}  // namespace fovea::pipeline
