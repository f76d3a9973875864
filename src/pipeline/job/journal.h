#pragma once
#include <string>

#include "pipeline/job/directory.h"
#include "pipeline/job/history.h"

namespace fovea::pipeline {

// The journal of a job: locked while this object lives, written record by record, never removed. One thread at a time;
// errors are io, but for those of the constructor.
class Journal {
 public:
  // Opens or makes, locks and reads it. Throws Error(policy) when another process has it.
  Journal(const Directory&, std::string name);
  const History& history() const { return history_; }

  void begin(const Manifest&, bool replaces);  // empties it first
  void begin_update(const std::string& retry, bool complete);
  void start();    // this process's record
  void cut(Mark);  // drops what lies behind
  void add(const Commit&);
  void enter(Phase);
  void rewind(std::size_t commits);  // keeps this many of them

 private:
  void append(const std::string& record);  // it is on the disk afterwards
  std::string path() const { return directory_->path_of(name_); }
  const Directory* directory_;
  std::string name_;
  Descriptor file_;
  History history_;
};

}  // namespace fovea::pipeline
