// SEGMENT_SUM and UNSORTED_SEGMENT_*: runs of elements, each into the segment that its id names, in order.
// Layout: input [count][run], ids [count], output [segments][run].
// -D: numbers.h; REDUCTION: SUM, PRODUCT, MAXIMUM, MINIMUM.
// initial: what a segment without runs holds.
// Work-items: one for each position in a run, which goes through all of them: no two write the same element; any work-group size.
// Exact: integers wrap; float32 needs a device with subnormals; ids of no segment are passed over.

#include "numbers.h"

#if !defined REDUCTION
#error "define REDUCTION"
#endif
#define SUM 1
#define PRODUCT 2
#define MAXIMUM 3
#define MINIMUM 4

kernel void segments(
    global const number *restrict input, global const int *restrict ids, global number *restrict output, global const number *restrict initial, int segments, int count, int run)
{
    int position = get_global_id(0);
    for (int segment = 0; segment < segments; segment++)
        output[segment * run + position] = initial[0];
    for (int i = 0; i < count; i++)
    {
        if (ids[i] < 0 || ids[i] >= segments)
            continue;
        int at = ids[i] * run + position;
        number one = output[at], other = input[i * run + position];
#if REDUCTION == SUM
        output[at] = (BITS)one + (BITS)other;
#elif REDUCTION == PRODUCT
        output[at] = (BITS)one * (BITS)other;
#elif REDUCTION == MAXIMUM
        output[at] = one < other ? other : one;
#else
        output[at] = other < one ? other : one;
#endif
    }
}
