#include <fmt/format.h>

#include "bench/case.h"
#include "bench/network_weights.h"
#include "fovea/model.h"

namespace fovea::cli {

void bench_network(const Request& request, const Emit& emit) {
  const Model model = Model::load(request.model);
  const Preprocess& p = model.preprocess();
  double flops = 0;  // of a picture, counted as direct convolutions
  for (const LayerInfo& layer : model.layers()) flops += 2 * static_cast<double>(layer.multiply_adds);
  for (const int batch : request.batches)
    emit([&, batch] {
      const Array pictures = random_array({batch, p.channels, p.crop, p.crop}, DType::f32);
      Case c{"network", fmt::format("{}, batch {}", model.architecture(), batch), DType::f32,
             [=, threads = request.threads] { model.run(pictures, threads); }};
      c.work = batch;
      c.unit = "images/s";
      c.unit_work = 1;
      c.demands = {{Demand::Of::multiply_add, batch * flops, 0, DType::f32}};
      c.latency = batch == 1;
      c.peers = peer_case("network", pictures.shape(), DType::f32);
      c.peers["precision"] = "f32";
      c.peers.update(network_weights(request, model));
      return c;
    });
}

}  // namespace fovea::cli
