#pragma once
#include <memory>
#include <vector>

#include "fovea/job.h"

namespace fovea::pipeline {

// What a Job is made of: rows that are journaled, or streamed.
class JobBody {
 public:
  virtual ~JobBody() = default;
  virtual bool journaled() const = 0;
  virtual bool complete() const = 0;
  virtual std::int64_t rows() const = 0;
  virtual std::int64_t failed() const = 0;
  virtual bool known(std::int64_t index, const std::string& path) = 0;
  virtual void write(Row&& row) = 0;
  virtual void finish() = 0;
  virtual void suspend() = 0;
};

std::unique_ptr<JobBody> streamed_job(const std::vector<JobOutput>&, const JobOptions&);
std::unique_ptr<JobBody> journaled_job(const std::vector<JobOutput>&, JobOptions);

// A row whose file would lead outside its folder becomes one with an error.
void refuse_hostile_name(Row&, const std::vector<JobOutput>&);

}  // namespace fovea::pipeline
