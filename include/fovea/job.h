#pragma once
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "fovea/error.h"
#include "fovea/row.h"
#include "fovea/sink.h"

namespace fovea {

namespace pipeline {
class JobBody;
}

// One of the places that a job's rows go to.
struct JobOutput {
  enum class Kind : std::uint8_t { jsonl, csv, npy, folder, tar };
  Kind kind = Kind::jsonl;
  std::filesystem::path path;  // empty: standard output, for jsonl and csv
  int width = 0;               // of npy: values in a row
  TarShards shards;            // of tar
};

struct JobOptions {
  RowColumns columns;
  // Every choice that decides what the rows hold, by name; a job that goes on must have the same.
  std::vector<std::pair<std::string, std::string>> manifest;
  double commit_seconds = 1;  // between commits, at least; 0: a commit for each row
  bool fresh = false;         // forgets an earlier job; its complete outputs stay until the new ones take their places
  // Makes new outputs, for inputs that may be others, and copies the rows that earlier ones have of the same input.
  bool update = false;
  bool retry_failed = false;                        // of an update: rows with an error are made anew,
  std::optional<Errc> retry_code;                   // or only those with this one
  std::function<void(const std::string&)> note;     // what was found and mended, one line
  std::function<void(const std::string&)> warning;  // damage: what is done again because of it, one line
};

// The outputs of a run over inputs in a fixed order, and the journal of it, MAIN.journal, where MAIN is the first
// output. While the job runs its outputs are called NAME.partial; they get their names when all are complete and on the
// disk. What was committed survives a killed process and a power cut, and the next Job of the same outputs and manifest
// goes on behind it, to the same bytes as if it had never stopped. docs/formats.md has the formats.
//
// A main output that is a pipe or device, or standard output, has no journal: all outputs are then written as the sinks
// of fovea/sink.h do, and no row is known.
//
// write(), finish() and suspend(): one thread at a time; known(): one thread at a time, not necessarily the same. Once
// a call has failed all later ones fail alike, and the same job can be opened again.
class Job {
 public:
  // Locks the job and recovers it: reads what earlier outputs hold once, and cuts them back to the last commit. Throws
  // Error: policy (in use by another process; another manifest, with what differs; complete outputs that changed, or
  // that no journal tells of), corrupt (a journal that cannot be read; fresh is the cure), unsupported (a newer one; an
  // update of these outputs), io, and invalid_argument for outputs that cannot be.
  Job(std::vector<JobOutput> outputs, JobOptions options);
  // As suspend(), but silent about failures.
  ~Job();
  Job(const Job&) = delete;
  Job& operator=(const Job&) = delete;

  bool journaled() const;
  // All outputs stand under their names. More inputs than they have rows for make the job go on.
  bool complete() const;
  std::int64_t rows() const;    // that are safe
  std::int64_t failed() const;  // of these, with an error

  // Whether the row of an input is there; to be asked for every input, in their order. Such a row is to be written as
  // nothing but index and path.
  bool known(std::int64_t index, const std::string& path);
  // The next row, in input order. A name in Row::file that would lead outside a folder makes it a row with the error
  // policy. Throws Error: io when the medium refuses, policy for inputs that are not those of the rows that are there.
  void write(Row&& row);
  // All inputs have had their rows: completes the outputs. Throws as write(), and policy for fewer inputs than rows.
  void finish();
  // Commits what was written and leaves the job to be gone on with.
  void suspend();

 private:
  std::unique_ptr<pipeline::JobBody> body_;
};

}  // namespace fovea
