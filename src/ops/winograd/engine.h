#pragma once
#include "ops/winograd/tiling.h"

// F(2x2, 3x3), F(4x4, 3x3) and F(6x6, 3x3), with stride 2 F(2x2) and F(4x4), over channels in blocks of lanes(), for
// the instruction set of the machine. V is [point][block of tiles][channel block][tile][lane], M is
// [panel][point][tile][output], U is [panel group][point][panel][channel][output] without the points that share
// another's weights. A panel is two blocks of output channels.
namespace fovea::ops::winograd {

// 0 where there are too few registers, and direct convolutions are the faster ones.
Index lanes();
Index most_block();  // tiles of a block

struct Layout {
  Index point_v, point_m;  // floats from a point to the next; odd numbers of cache lines, for they share sets else
  Index group;             // panels of a group
};
Layout layout(const Geometry&, Index chunk_tiles);

struct Operands {
  const float *x, *residual, *bias;  // residual: null or as y, and may be y
  float* y;
};

// Floats of U.
Index weights_size(const Geometry&);
// Whether they are much more than a second-level cache holds.
bool far_weights(const Geometry&);
// U of panels [begin, end), of weights [out, in, window, window], in f64 and rounded once.
void make_weights(const Geometry&, Index group, const float* weights, Index begin, Index end, float* u);
// V of channel blocks [begin, end).
void gather(const Geometry&, const Layout&, const Chunk&, const float* x, Index begin, Index end, float* v);
// The chunk's outputs of panel groups [begin, end). `fetch`: U comes from far.
void multiply(const Geometry&, const Layout&, const Chunk&, const float* v, const float* u, bool fetch, Index begin,
              Index end, float* m, const Operands&);

}  // namespace fovea::ops::winograd
