#pragma once
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "fovea/row.h"
#include "fovea/source.h"

namespace fovea::pipeline {

// An input on its way to a worker.
struct Arrival {
  std::int64_t index = 0;
  std::string path;
  Content content;
  double seconds = 0;  // of its time, that its download took
  bool known = false;  // its row is there from before; it has no content
};

// A source with its inputs numbered. One thread at a time.
class Intake {
 public:
  using Known = std::function<bool(std::int64_t index, const std::string& path)>;
  Intake(Source& source, const Known& known) : source_(source), known_(known) {}

  // Nothing at the end.
  std::optional<Arrival> pull();
  void add_times(std::vector<StageTime>&) const;
  double seconds() const { return list_seconds_ + read_seconds_; }  // in the source

 private:
  Source& source_;
  const Known& known_;
  std::int64_t next_ = 0, read_ = 0;
  double list_seconds_ = 0, read_seconds_ = 0;  // members of archives are read while they are taken
};

}  // namespace fovea::pipeline
