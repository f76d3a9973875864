#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <utility>

#include "base/file.h"
#include "base/text.h"
#include "fovea/fetch.h"
#include "pipeline/input/braces.h"
#include "pipeline/input/sources.h"

namespace fovea {
namespace {

using pipeline::ArchiveReader;
using pipeline::ListKind;

bool is_url(std::string_view text) {
  return text.starts_with("http://") || text.starts_with("https://");
}

bool ends_with_any(std::string_view name, std::initializer_list<std::string_view> endings) {
  return std::any_of(endings.begin(), endings.end(), [&](std::string_view ending) { return name.ends_with(ending); });
}

bool is_shard(std::string_view name) {
  return ends_with_any(name, {".tar", ".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".txz", ".tar.bz2"});
}

bool is_remote_shard(std::string_view name) {
  return is_url(name) && is_shard(name.substr(0, name.find_first_of("?#")));
}

bool is_folder(const std::string& name) {
  std::error_code ignored;
  return std::filesystem::is_directory(name, ignored);
}

ListKind kind_of(std::string name) {
  if (name.ends_with(".gz")) name.resize(name.size() - 3);
  if (name.ends_with(".csv")) return ListKind::csv;
  if (name.ends_with(".jsonl") || name.ends_with(".ndjson")) return ListKind::jsonl;
  if (name.ends_with(".txt") || name.ends_with(".lst")) return ListKind::lines;
  throw Error(Errc::invalid_argument,
              "--from " + name + ": expected a name that ends in .txt, .csv or .jsonl, or these with .gz");
}

// One after the other, each opened when its turn comes.
class Inputs final : public Source {
 public:
  Inputs(std::span<const std::string> inputs, const SourceOptions& options) : options_(options) {
    for (const std::string& input : inputs) add(input);
    if (std::count(operands_.begin(), operands_.end(), "-") > 1)
      throw Error(Errc::invalid_argument, "inputs: expected '-' once, got it again");
    for (const std::string& list : options.lists) lists_.push_back(open_list(list));
  }

  std::optional<std::string> next() override {
    while (true) {
      if (source_)
        if (std::optional<std::string> path = source_->next()) return path;
      source_.reset();
      if (next_operand_ < operands_.size()) {
        source_ = open(operands_[next_operand_++]);
      } else if (next_list_ < lists_.size()) {
        source_ = std::move(lists_[next_list_++]);
      } else {
        return std::nullopt;
      }
    }
  }
  Content take() override { return source_->take(); }

  // Of archives and lists only reading them to the end would tell. Names take little time beside pictures.
  std::optional<std::int64_t> count() const override {
    std::int64_t all = 0;
    if (!options_.lists.empty()) return std::nullopt;
    const auto seen = std::make_shared<pipeline::SeenFolders>();
    for (const std::string& operand : operands_) {
      if (operand == "-" || is_remote_shard(operand) || (is_shard(operand) && !is_folder(operand))) return std::nullopt;
      if (is_url(operand))
        ++all;
      else
        for (const auto files = pipeline::path_source(operand, seen); files->next();) ++all;
    }
    return all;
  }

 private:
  // A file that is called like a pattern is that file.
  void add(const std::string& input) {
    std::error_code ignored;
    const bool pattern = input.find('{') != input.npos && !std::filesystem::exists(input, ignored);
    if (!pattern) return operands_.push_back(input);
    for (std::string& name : pipeline::expand_braces(input)) operands_.push_back(std::move(name));
  }

  std::unique_ptr<Source> open(const std::string& operand) {
    return operand == "-" ? standard_input() : open_entry(operand);
  }

  std::unique_ptr<Source> open_entry(const std::string& name) {
    std::error_code ignored;
    if (is_remote_shard(name)) return pipeline::remote_tar_source(fetcher(), name, options_.max_encoded_bytes);
    if (is_url(name)) return pipeline::url_source(name);
    if (const std::size_t scheme = name.find("://"); scheme != name.npos && !std::filesystem::exists(name, ignored))
      return pipeline::error_source(public_url(name), Error(Errc::url_refused, "fetch: expected http or https, got " +
                                                                                   shown(name.substr(0, scheme))));
    if (is_shard(name) && !is_folder(name)) return pipeline::tar_source(name, options_.max_encoded_bytes);
    return pipeline::path_source(name, seen_);
  }

  // Of the shards, which all share it.
  const std::shared_ptr<Fetcher>& fetcher() {
    if (!fetcher_) fetcher_ = std::make_shared<Fetcher>(options_.fetch);
    return fetcher_;
  }

  pipeline::OpenEntry entry_opener() {
    return [this](const std::string& entry) { return open_entry(entry); };
  }

  std::unique_ptr<Source> open_list(const std::string& name) {
    const ListKind kind = kind_of(name);
    try {
      InputFile file = InputFile::open(name).value();
      auto reader = std::make_unique<ArchiveReader>(Descriptor(::dup(file.descriptor())), ArchiveReader::Take::bytes);
      reader->next().value();
      return pipeline::list_source(name, std::move(reader), kind, options_.column, entry_opener());
    } catch (const Error& error) {
      throw Error(error.code(), "--from " + name + ": " + error.what());
    }
  }

  // A tar or a list, by its first bytes.
  std::unique_ptr<Source> standard_input() {
    auto reader = std::make_unique<ArchiveReader>(Descriptor(::dup(STDIN_FILENO)), ArchiveReader::Take::either);
    const Result<bool> member = reader->next();
    if (!member) return pipeline::error_source("-", member.error());
    if (reader->is_tar())
      return pipeline::tar_source("-", std::move(reader), member.value(), options_.max_encoded_bytes);
    return pipeline::list_source("-", std::move(reader), ListKind::lines, "", entry_opener());
  }

  SourceOptions options_;
  std::vector<std::string> operands_;
  std::vector<std::unique_ptr<Source>> lists_;
  std::size_t next_operand_ = 0, next_list_ = 0;
  std::shared_ptr<pipeline::SeenFolders> seen_ = std::make_shared<pipeline::SeenFolders>();
  std::shared_ptr<Fetcher> fetcher_;
  std::unique_ptr<Source> source_;
};

}  // namespace

std::unique_ptr<Source> open_source(std::span<const std::string> inputs, const SourceOptions& options) {
  return std::make_unique<Inputs>(inputs, options);
}

}  // namespace fovea
