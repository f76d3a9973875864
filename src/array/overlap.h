#pragma once
#include "fovea/array.h"

namespace fovea {

// Whether some byte belongs to elements of both. Exact, but for layouts of views of views so entangled that finding out
// would take long: these count as overlapping.
bool overlap(const Array&, const Array&);

}  // namespace fovea
