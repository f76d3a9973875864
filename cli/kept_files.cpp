#include "kept_files.h"

#include "option_values.h"

namespace fovea::cli {
namespace {

bool is_tar(const std::string& name) {
  return name.ends_with(".tar");
}

}  // namespace

void add_kept_options(CommandLine& line, KeptFiles& kept) {
  line.group("Files");
  line.value("--to", "DIR|FILE.tar", "files go here", file_name(kept.to));
  line.value("--shard-files", "N", "files in an archive: FILE.tar becomes FILE-00000.tar, FILE-00001.tar...",
             wide(kept.shards.files));
  line.value("--shard-bytes", "SIZE", "bytes of an archive, the same", size(kept.shards.bytes));
}

void keep_files(const KeptFiles& kept, PictureRun& run, PictureOptions& options) {
  if (kept.to.empty()) throw Error(Errc::invalid_argument, "--to: expected a folder or a name that ends in .tar");
  const bool tar = is_tar(kept.to);
  for (const char* packed : {".tar.gz", ".tgz", ".tar.zst", ".tar.xz", ".tar.bz2"})
    if (kept.to.ends_with(packed))
      throw Error(Errc::invalid_argument,
                  "--to " + kept.to + ": expected a name that ends in .tar; archives are not packed");
  if (kept.shards.any() && !tar)
    throw Error(Errc::invalid_argument, "--shard-files, --shard-bytes: expected --to FILE.tar, got '" + kept.to + "'");
  run.add_output("--to", {tar ? JobOutput::Kind::tar : JobOutput::Kind::folder, kept.to, 0, kept.shards});
  if (options.output.empty()) options.output = rows_beside(kept.to, options);
}

std::string rows_beside(const std::string& result, const PictureOptions& options) {
  std::string name = result;
  while (name.size() > 1 && name.ends_with('/')) name.pop_back();
  for (const char* extension : {".tar", ".npy"})
    if (name.ends_with(extension)) name.resize(name.size() - 4);
  return name + "." + options.format;
}

}  // namespace fovea::cli
