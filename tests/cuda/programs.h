#pragma once
#include "device/cuda/device.h"

namespace fovea::test {

// What a user of a device does, each with a check that results are right. They throw what the device throws, and leave
// no work behind that uses their memory.
void copy_program(CudaDevice&);          // pageable memory there and back, a fill, a call, events
void graph_program(CudaDevice&);         // a graph recorded, launched, updated and launched
void nested_graph_program(CudaDevice&);  // a graph launched, on two streams, inside of the recording of another
void wait_program(CudaDevice&);          // a stream and one of the CPU wait for each other

}  // namespace fovea::test
