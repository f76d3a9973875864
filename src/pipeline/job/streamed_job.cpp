#include "pipeline/job/job_body.h"

namespace fovea::pipeline {
namespace {

std::unique_ptr<RowSink> sink_of(const JobOutput& output, const RowColumns& columns) {
  switch (output.kind) {
    case JobOutput::Kind::jsonl:
      return jsonl_sink(output.path, columns);
    case JobOutput::Kind::csv:
      return csv_sink(output.path, columns);
    case JobOutput::Kind::npy:
      return npy_sink(output.path, output.width);
    case JobOutput::Kind::folder:
      return folder_sink(output.path);
    case JobOutput::Kind::tar:
      return tar_sink(output.path, output.shards);
  }
  throw Error(Errc::invalid_argument, "job: expected a kind of output");
}

// The Error of `work`, with the output's name in front.
void named(const JobOutput& output, auto&& work) {
  try {
    work();
  } catch (const Error& error) {
    throw Error(error.code(), (output.path.empty() ? "standard output" : output.path.native()) + ": " + error.what());
  }
}

class StreamedJob final : public JobBody {
 public:
  StreamedJob(const std::vector<JobOutput>& outputs, const JobOptions& options) : outputs_(outputs) {
    for (const JobOutput& output : outputs_) named(output, [&] { sinks_.push_back(sink_of(output, options.columns)); });
  }
  bool journaled() const override { return false; }
  bool complete() const override { return false; }
  std::int64_t rows() const override { return rows_; }
  std::int64_t failed() const override { return failed_; }
  bool known(std::int64_t, const std::string&) override { return false; }
  void write(Row&& row) override {
    refuse_hostile_name(row, outputs_);
    for (std::size_t k = 0; k < sinks_.size(); ++k) named(outputs_[k], [&] { sinks_[k]->write(row); });
    ++rows_;
    if (row.error) ++failed_;
  }
  void finish() override {
    for (std::size_t k = 0; k < sinks_.size(); ++k) named(outputs_[k], [&] { sinks_[k]->finish(); });
  }
  void suspend() override { finish(); }

 private:
  std::vector<JobOutput> outputs_;
  std::vector<std::unique_ptr<RowSink>> sinks_;
  std::int64_t rows_ = 0, failed_ = 0;
};

}  // namespace

std::unique_ptr<JobBody> streamed_job(const std::vector<JobOutput>& outputs, const JobOptions& options) {
  return std::make_unique<StreamedJob>(outputs, options);
}

}  // namespace fovea::pipeline
