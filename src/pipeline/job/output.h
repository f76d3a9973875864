#pragma once
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "fovea/job.h"
#include "pipeline/job/earlier_rows.h"
#include "pipeline/job/history.h"

namespace fovea::pipeline {

// An output of a job. While rows are added its files are called NAME.partial; a sealed one has all its bytes on the
// disk, and a published one its name. Every function throws Error(io).
class Output {
 public:
  virtual ~Output() = default;

  // How many of these positions, oldest first, are there under the partial names, or the final ones where those lack
  // and `final` allows it.
  virtual std::size_t matching(std::span<const Position>, bool final) = 0;
  // Goes on behind a position that matches, or begins anew; what lies behind goes.
  virtual void start(const Position*) = 0;
  virtual void write(const Row&) = 0;
  // Everything written is on the disk afterwards.
  virtual Position commit() = 0;

  virtual void seal(std::int64_t rows) = 0;
  // Whether it is whole at this position, under its name, or the partial one if `partial` is allowed.
  virtual bool sealed(const Position&, std::int64_t rows, bool partial) = 0;
  // Throws Error(policy) when a file has the name, unless it is to be replaced.
  virtual void publish(bool replace) = 0;
  virtual bool exists() const = 0;  // something has its name

  // Of an update: gives the partial files the name NAME.previous, removes these, opens what is copied from.
  virtual void set_aside() = 0;
  virtual void drop_previous() = 0;
  virtual std::unique_ptr<EarlierFile> earlier(const Position&, bool complete) = 0;
  // The entry of an earlier row, which gets another index.
  virtual void copy(const EarlierRow&, std::int64_t index, const EarlierFile&) = 0;
};

std::unique_ptr<Output> open_output(const JobOutput&, const RowColumns&);

}  // namespace fovea::pipeline
