#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <filesystem>
#include <numeric>
#include <optional>
#include <span>

#include "fovea/sink.h"
#include "pipeline/job/line_writer.h"
#include "pipeline/job/member_name.h"
#include "pipeline/job/row_format.h"

namespace fovea {
namespace {

constexpr std::size_t block = 512, longest_plain_name = 100;
constexpr std::size_t most_bytes = (std::size_t{1} << 33) - 1;  // eleven octal digits

// POSIX.1-2001: a header of one block, all numbers octal text.
std::string header(std::string_view name, char type, std::size_t size) {
  std::string bytes(block, '\0');
  const auto put = [&](std::size_t at, std::string_view text) { bytes.replace(at, text.size(), text); };
  put(0, name.substr(0, longest_plain_name));
  put(100, type == 'x' ? "0000000" : "0000644");  // mode
  put(108, "0000000");                            // owner
  put(116, "0000000");                            // group
  put(124, fmt::format("{:011o}", size));         // size
  put(136, "00000000000");                        // time
  put(148, "        ");                           // the sum is taken over blanks here
  put(156, std::string_view(&type, 1));
  put(257, std::string("ustar\0", 6) + "00");
  const unsigned sum = std::accumulate(bytes.begin(), bytes.end(), 0u,
                                       [](unsigned total, char c) { return total + static_cast<unsigned char>(c); });
  put(148, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  return bytes;
}

void pad(std::string& to) {
  to.resize((to.size() + block - 1) / block * block, '\0');
}

// "LENGTH KEY=VALUE\n", where the length counts its own digits.
std::string pax_record(std::string_view key, std::string_view value) {
  const std::size_t rest = key.size() + value.size() + 3;
  std::size_t length = rest + 1;
  while (rest + std::to_string(length).size() != length) ++length;
  return fmt::format("{} {}={}\n", length, key, value);
}

// What a plain header has no room for.
std::string pax_header(std::string_view name) {
  std::string records;
  if (std::any_of(name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) >= 0x80; }))
    records += pax_record("hdrcharset", "BINARY");
  records += pax_record("path", name);
  std::string bytes = header("././@PaxHeader", 'x', records.size()) + records;
  pad(bytes);
  return bytes;
}

void append_member(std::string_view name, std::span<const std::byte> bytes, std::string& to) {
  pipeline::check_member_name(name);
  if (bytes.size() > most_bytes)
    throw Error(Errc::limit_bytes, fmt::format("tar: expected at most {} bytes, got {}", most_bytes, bytes.size()));
  if (name.size() > longest_plain_name) to += pax_header(name);
  to += header(name, '0', bytes.size());
  to.append(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  pad(to);
}

class TarFormat final : public pipeline::RowFormat {
 public:
  void append(const Row& row, std::string& to) const override {
    if (!row.error && !row.file.empty()) append_member(row.file, row.bytes, to);
  }
  std::string tail() const override { return std::string(2 * block, '\0'); }
};

class TarSink final : public RowSink {
 public:
  TarSink(std::filesystem::path file, TarShards shards) : file_(std::move(file)), shards_(shards) { open(); }
  void write(const Row& row) override {
    std::string member;
    format_.append(row, member);
    if (member.empty()) return;
    if (shards_.full(files_, bytes_, std::ssize(member))) {
      close();
      ++part_;
      open();
    }
    writer_->write(member);
    ++files_;
    bytes_ += std::ssize(member);
  }
  void finish() override { close(); }

 private:
  void open() {
    writer_.emplace(shards_.any() ? file_.parent_path() / pipeline::shard_name(file_.filename(), part_) : file_);
    files_ = bytes_ = 0;
  }
  void close() {
    writer_->write(format_.tail());
    writer_->finish();
  }

  std::filesystem::path file_;
  TarShards shards_;
  TarFormat format_;
  std::optional<LineWriter> writer_;
  std::int64_t part_ = 0, files_ = 0, bytes_ = 0;
};

void check(const TarShards& shards) {
  if (shards.files < 0 || shards.bytes < 0)
    throw Error(Errc::invalid_argument, fmt::format("tar_sink: expected limits of at least 0, got {} files, {} bytes",
                                                    shards.files, shards.bytes));
}

}  // namespace

std::unique_ptr<pipeline::RowFormat> pipeline::tar_format() {
  return std::make_unique<TarFormat>();
}

std::string pipeline::shard_name(const std::string& name, std::int64_t part) {
  const std::filesystem::path path(name);
  return fmt::format("{}-{:05}{}", path.stem().native(), part, path.extension().native());
}

std::unique_ptr<RowSink> tar_sink(const std::filesystem::path& file, const TarShards& shards) {
  check(shards);
  return std::make_unique<TarSink>(file, shards);
}

}  // namespace fovea
