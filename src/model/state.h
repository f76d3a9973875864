#pragma once
#include "model/session.h"

namespace fovea {

struct ModelState {
  std::string name, architecture, fingerprint;
  Preprocess preprocess;
  std::vector<std::string> labels;
  std::shared_ptr<const model::Graph> graph;
  int classes = 0;
  std::int64_t parameters = 0;
  std::unique_ptr<model::SessionPool> sessions;  // for preprocess.crop
};

}  // namespace fovea
