#pragma once
// The loops are compiled for the baseline, AVX2 and AVX-512; the steps between them would gain nothing here.
#include <hwy/detect_targets.h>
#undef HWY_DISABLED_TARGETS
#define HWY_DISABLED_TARGETS (HWY_SSSE3 | HWY_SSE4 | HWY_AVX3_DL)
