// ADD_N: one of its inputs, added to what the output holds of those before it.
// -D: numbers.h; FIRST=1: the output holds nothing yet; 0: it does.
// bounds: the smallest and the largest sum that the clamp lets through; NaN passes.
// Work-items: one for each element; any work-group size.
// Exact: integers wrap; float32 needs a device with subnormals.

#include "numbers.h"

#if !defined FIRST
#error "define FIRST"
#endif

kernel void running_sum(global const number *restrict input, global number *restrict output, global const number *restrict bounds)
{
    int element = get_global_id(0);
#if FIRST
    output[element] = input[element];
#else
    number sum = (BITS)output[element] + (BITS)input[element];
    output[element] = sum < bounds[0] ? bounds[0] : sum > bounds[1] ? bounds[1] : sum;
#endif
}
