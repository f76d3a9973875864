#include "ops/cuda/transpose_tile.h"

// Copies of transposed arrays by tiles in shared memory.
namespace fovea::ops::cuda {
namespace {

struct TiledRun {
  Queue queue;
  const Array &in, &out;

  template <class T>
  void operator()(T) const {
    copy_tiled(queue, reinterpret_cast<const T*>(in.data()), reinterpret_cast<T*>(out.data()),
               strided(in, "contiguous"), out.size());
  }
};

class TiledCopy final : public Kernel {
  void run(Queue queue, std::span<const Array> in, const Array& out) override {
    with_bits(out.dtype(), TiledRun{queue, in[0], out});
  }
};

std::unique_ptr<Kernel> prepare(const Call&) {
  return std::make_unique<TiledCopy>();
}

}  // namespace

void register_contiguous_tiled(Registry& r) {
  r.add_row({"contiguous", Device::Kind::cuda, "tiled", plain, prepare});
}

}  // namespace fovea::ops::cuda
