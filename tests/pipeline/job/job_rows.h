#pragma once
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <limits>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "fovea/job.h"
#include "support/read_text.h"

namespace fovea::test {

// Many jobs wait often for the medium: in memory they do not wait long.
inline std::filesystem::path quick_root() {
  return std::filesystem::is_directory("/dev/shm") ? "/dev/shm" : std::filesystem::temp_directory_path();
}

// A row that its index and path decide: each seventh fails, some have no file, one a long name.
inline Row job_row(std::int64_t index, const std::string& path) {
  Row row;
  row.index = index;
  row.path = path;
  const auto number = static_cast<std::int64_t>(std::hash<std::string>{}(path) % 1000);
  if (path.ends_with("4")) {
    row.error = Error(number % 2 == 0 ? Errc::truncated : Errc::corrupt, "jpeg: \"broken\", it is");
    return row;
  }
  row.width = 4;
  row.height = 3;
  row.format = "png";
  row.fields = {{"score", number}};
  row.top = {{static_cast<int>(number % 10), "cat, tabby", 0.25f}};
  row.values = {1.5f, static_cast<float>(number), -0.0f};
  const std::string tail = path.substr(path.find_last_of('-') + 1);
  if (path.ends_with("5")) return row;
  row.file = (path.ends_with("3") ? "sub/file-" : path.ends_with("6") ? std::string(120, 'n') + "-" : "file-") + tail;
  row.bytes.assign(static_cast<std::size_t>(number) + 1, static_cast<std::byte>(number));
  return row;
}

inline JobOptions job_options() {
  JobOptions options;
  options.columns = {{"score"}, 2};
  options.manifest = {{"model", "A"}, {"topk", "5"}};
  options.commit_seconds = 0;
  return options;
}

inline std::vector<JobOutput> job_outputs(const std::filesystem::path& folder, bool tar) {
  using Kind = JobOutput::Kind;
  std::vector<JobOutput> outputs{{Kind::jsonl, folder / "rows.jsonl", 0, {}},
                                 {Kind::npy, folder / "values.npy", 3, {}},
                                 {Kind::folder, folder / "crops", 0, {}}};
  if (!tar) return outputs;
  outputs.insert(outputs.begin() + 1, {Kind::csv, folder / "rows.csv", 0, {}});
  outputs.push_back({Kind::tar, folder / "one.tar", 0, {}});
  outputs.push_back({Kind::tar, folder / "many.tar", 0, {3, 0}});
  return outputs;
}

inline std::vector<std::string> paths(std::int64_t count) {
  std::vector<std::string> paths;
  for (std::int64_t k = 0; k < count; ++k) paths.push_back("picture-" + std::to_string(k));
  return paths;
}

// Writes the rows of the first `most` inputs as a runner does; how many were known.
inline std::int64_t feed(Job& job, const std::vector<std::string>& inputs,
                         std::int64_t most = std::numeric_limits<std::int64_t>::max()) {
  std::int64_t known = 0;
  for (std::int64_t index = 0; index < std::min<std::int64_t>(most, std::ssize(inputs)); ++index) {
    const std::string& path = inputs[static_cast<std::size_t>(index)];
    Row row;
    row.index = index;
    row.path = path;
    if (job.known(index, path))
      ++known;
    else
      row = job_row(index, path);
    job.write(std::move(row));
  }
  return known;
}

// Every file below a folder by its path there, but for journals.
inline std::map<std::string, std::string> outcome(const std::filesystem::path& folder, bool journals = false) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder))
    if (entry.is_regular_file() && (journals || entry.path().extension() != ".journal"))
      files[entry.path().lexically_relative(folder).native()] = read_text(entry.path());
  return files;
}

// Makes a folder hold these files alone.
inline void restore(const std::filesystem::path& folder, const std::map<std::string, std::string>& files) {
  for (const auto& entry : std::filesystem::directory_iterator(folder)) std::filesystem::remove_all(entry.path());
  for (const auto& [name, text] : files) {
    std::filesystem::create_directories((folder / name).parent_path());
    std::ofstream(folder / name, std::ios::binary) << text;
  }
}

inline std::vector<std::string> hostile_names() {
  return {"/etc/passwd",
          "..",
          "../x",
          "a/../../x",
          "a/..",
          "./x",
          "a/./b",
          "a//b",
          "a/",
          "/",
          "//x",
          std::string("a\0b", 3),
          ".partial-1",
          std::string(256, 'x'),
          std::string(5000, 'x')};
}

}  // namespace fovea::test
