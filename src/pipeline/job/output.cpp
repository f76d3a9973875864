#include "pipeline/job/output.h"

#include "pipeline/job/file_output.h"
#include "pipeline/job/folder_output.h"

namespace fovea::pipeline {

std::unique_ptr<Output> open_output(const JobOutput& output, const RowColumns& columns) {
  using Kind = EarlierFile::Kind;
  const auto file = [&](std::unique_ptr<RowFormat> format, FileOutput::Layout layout) {
    return std::make_unique<FileOutput>(output.path, std::move(format), layout);
  };
  switch (output.kind) {
    case JobOutput::Kind::jsonl:
      return file(jsonl_format(columns), {Kind::jsonl, false, {}, 0});
    case JobOutput::Kind::csv:
      return file(csv_format(columns), {Kind::csv, false, {}, 0});
    case JobOutput::Kind::npy:
      return file(npy_format(output.width),
                  {Kind::npy, false, {}, output.width * static_cast<std::int64_t>(sizeof(float))});
    case JobOutput::Kind::tar:
      return file(tar_format(), {Kind::listing, true, output.shards, 0});
    case JobOutput::Kind::folder:
      return std::make_unique<FolderOutput>(output.path);
  }
  throw Error(Errc::invalid_argument, "job: expected a kind of output");
}

}  // namespace fovea::pipeline
