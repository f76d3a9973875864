#pragma once
#include "fovea/calibration.h"
#include "model/session.h"
#include "model/stream_session.h"

namespace fovea {

struct ModelState {
  std::string name, architecture, fingerprint;
  Preprocess preprocess;
  std::vector<std::string> labels;
  std::shared_ptr<const model::Graph> graph;  // in f32, its constants on the host
  Precision precision = Precision::f32;
  std::shared_ptr<const Calibration> calibration;  // of int8
  std::shared_ptr<const model::Graph> lowered;     // what runs, where it runs; `graph` itself in f32 on the CPU
  int classes = 0;
  std::int64_t parameters = 0;
  Shape output;             // of a picture, for preprocess.crop
  std::int64_t values = 0;  // in it
  Device device;
  // For preprocess.crop, one of the two.
  std::unique_ptr<model::SessionPool> sessions;
  std::unique_ptr<model::StreamSession> streams;

  void make_sessions();  // and `lowered`
};

}  // namespace fovea
