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

void contiguous_tiled(const Contiguous&, Queue queue, std::span<const Array> in, const Array& out) {
  with_bits(out.dtype(), TiledRun{queue, in[0], out});
}

}  // namespace

void register_contiguous_tiled(Registry& r) {
  r.add_row({"contiguous", Device::Kind::cuda, "tiled", plain, simple_kernel<Contiguous, contiguous_tiled>});
}

}  // namespace fovea::ops::cuda
