#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace fovea::pipeline {

using Manifest = std::vector<std::pair<std::string, std::string>>;

// How far an output is written. `digest` covers all bytes of rows so far, closed parts included: the first 32 digits of
// their SHA-256. A part is one of several archives.
struct Position {
  std::int64_t bytes = 0;  // of rows, in the part that is being written
  std::int64_t files = 0;  // in that part, of archives
  std::int64_t parts = 0;  // closed before it
  std::string digest;
  friend bool operator==(const Position&, const Position&) = default;
};

// A state that is on the disk as a whole.
struct Commit {
  std::int64_t rows = 0, failed = 0;
  std::string keys;  // digest of the inputs' keys, as in Position
  std::vector<Position> outputs;
};

// The place behind a record of a journal.
struct Mark {
  std::int64_t bytes = 0, sequence = 0;
};

enum class Phase : std::uint8_t { running, finishing, complete };

// The rows that an update copies from, and which of them it makes anew: "", "failed", or a code.
struct Earlier {
  Commit commit;
  bool complete = false;  // they stand under the outputs' names, else under NAME.previous
  std::string retry;
};

// What a journal tells. docs/formats.md describes the records.
struct History {
  enum class Damage : std::uint8_t { none, torn, inside, manifest, newer };
  Damage damage = Damage::none;
  Manifest manifest;
  bool replaces = false;        // outputs of that name may be there, to be replaced
  std::vector<Commit> commits;  // of the outputs that are being made, oldest first; of very many, some
  std::vector<Mark> marks;      // behind the record of each
  Mark base;                    // behind the record before them
  Mark end;                     // of what is valid
  Phase phase = Phase::running;
  std::optional<Earlier> earlier;  // of an update that is under way
  std::string owner;               // "pid N since T", of the last start
  std::int64_t rows() const { return commits.empty() ? 0 : commits.back().rows; }
};

// Reads the longest valid prefix. An empty journal has neither damage nor a manifest.
History read_history(std::string_view journal);

// What a phase's record changes.
void enter(History&, Phase);

// The records' JSON texts, without their sequence numbers.
std::string manifest_record(const Manifest&, bool replaces);
std::string start_record(std::int64_t pid, const std::string& time);
std::string commit_record(const Commit&);
std::string phase_record(Phase);
std::string update_record(const std::string& retry, bool complete);

// A record's line: 16 digits of the SHA-256 of what follows, a space, {"sequence":N,...}, LF.
std::string record_line(std::int64_t sequence, const std::string& record);

}  // namespace fovea::pipeline
