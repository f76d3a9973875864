#pragma once
#include <string>

#include "command_line.h"
#include "picture_run.h"

namespace fovea::cli {

// Where a verb puts what it keeps of pictures: a folder, or tar archives.
struct KeptFiles {
  std::string to;
  TarShards shards;
};

void add_kept_options(CommandLine&, KeptFiles&);
// Adds the output, and lets rows go beside it unless -o says where: TO.jsonl for a folder TO, NAME.jsonl for NAME.tar.
// Throws Error(invalid_argument) without --to, and for shards of a folder.
void keep_files(const KeptFiles&, PictureRun&, PictureOptions&);

// NAME.jsonl or NAME.csv for a result NAME, NAME.tar or NAME.npy.
std::string rows_beside(const std::string& result, const PictureOptions&);

}  // namespace fovea::cli
