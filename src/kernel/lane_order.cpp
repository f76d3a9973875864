#include "kernel/lane_order.h"

namespace fovea {

thread_local LaneOrder lane_order_now = LaneOrder::forward;

}  // namespace fovea
