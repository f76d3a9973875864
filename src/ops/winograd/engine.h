#pragma once
#include "ops/winograd/tiling.h"

// F(2x2, 3x3), F(4x4, 3x3) and F(6x6, 3x3) over channels in blocks of lanes(), for the instruction set of the machine.
// V is [point][block of tiles][channel block][tile][lane], U is [panel group][point][panel][channel][output], M is
// [panel][point][tile][output]. A panel is two blocks of output channels.
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
// U of panels [begin, end), of taps [panel][channel][tap][output].
void make_weights(const Geometry&, Index group, const float* taps, Index begin, Index end, float* u);
// V of channel blocks [begin, end).
void gather(const Geometry&, const Layout&, const Chunk&, const float* x, Index begin, Index end, float* v);
// The chunk's outputs of panel groups [begin, end). `fetch`: U comes from far.
void multiply(const Geometry&, const Layout&, const Chunk&, const float* v, const float* u, bool fetch, Index begin,
              Index end, float* m, const Operands&);

// The same of panels [begin, end), to the same bits, from the taps: U is made of some channels at a time, in `u`, and
// used up. Where tiles are few, the taps come from far in less time than U does.
inline constexpr Index taps_together = 64;
Index taps_scratch(const Form&);  // floats of `u`
void multiply_taps(const Geometry&, const Layout&, const Chunk&, const float* v, const float* taps, Index begin,
                   Index end, float* u, float* m, const Operands&);

}  // namespace fovea::ops::winograd
