#include <fmt/format.h>

#include "bench/case.h"
#include "bench/network_pictures.h"
#include "bench/network_weights.h"
#include "fovea/model.h"

namespace fovea::cli {
namespace {

// Of a picture, counted as direct convolutions.
double operations(const Model& model) {
  double sum = 0;
  for (const LayerInfo& layer : model.layers()) sum += 2 * static_cast<double>(layer.multiply_adds);
  return sum;
}

Case batches(const Request& request, const Model& f32, const std::shared_ptr<const NetworkPictures>& pictures,
             Precision precision, int batch) {
  const Model model = pictures->in_precision(f32, precision);
  const DType dtype = dtype_of(precision);
  const double work = batch * operations(f32);
  Case c{
      "network", fmt::format("{}, batch {}", model.architecture(), batch), dtype,
      [=, input = pictures->batch(batch), threads = request.threads] { keep(model.run(input, threads).size() > 0); }};
  c.work = batch;
  c.unit = "images/s";
  c.unit_work = 1;
  c.demands = {{Demand::Of::multiply_add, work, 0, dtype}};
  c.latency = batch == 1;
  c.peers = peer_case("network", {batch}, dtype);
  c.peers["operations"] = work;
  c.peers.update(network_weights(request, f32, precision, *pictures));
  c.kept = pictures;
  return c;
}

}  // namespace

void bench_network(const Request& request, const Emit& emit) {
  const Model model = Model::load(request.model);
  const auto pictures = std::make_shared<const NetworkPictures>(model, request.pictures);
  for (const Precision precision : request.precisions)
    for (const int batch : request.batches) emit([&] { return batches(request, model, pictures, precision, batch); });
}

}  // namespace fovea::cli
