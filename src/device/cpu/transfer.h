#pragma once
#include "device/backend.h"

namespace fovea {

// On the calling thread and, where large, those of the budget. Between host memory only: a transfer that touches
// another device is given to that device's streams.
void run(const Transfer&);
void run(const Fill&);

}  // namespace fovea
