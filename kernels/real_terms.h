// One more product in a float32 sum. -D FUSED=0: product and sum rounded each, on a device with subnormals; FUSED=1: rounded once together, subnormal numbers being 0.

#pragma OPENCL FP_CONTRACT OFF

#if !defined FUSED
#error "define FUSED"
#endif

#define FLUSHES FUSED
#include "subnormals.h"

#if FUSED
#define ADDED(sum, x, weight) flushed(fma(flushed(x), flushed(weight), sum))
#else
#define ADDED(sum, x, weight) ((sum) + (x) * (weight))
#endif
