// SOFTMAX on int16 codes, over rows of `depth`; output scale 1/32768, zero points 0.
// exponentials[row maximum - code], reciprocals[x * 65535] = 1 / (1 + x): 15 fraction bits, made by the host.
// Work-items: one for each row; any work-group size.
// Exact: int32 sum that wraps.

#define INT16
#define WIDTH 1
#include "codes.h"
#include "fixed_point.h"

kernel void wide_softmax(
    global const code *restrict input, global code *restrict output, global const int *restrict exponentials, global const int *restrict reciprocals, int depth)
{
    global const code *row = input + get_global_id(0) * depth;
    global code *result = output + get_global_id(0) * depth;
    int maximum = row[0];
    for (int i = 1; i < depth; i++)
        maximum = max(maximum, (int)row[i]);
    int sum = 0;
    for (int i = 0; i < depth; i++)
        sum = wrapping_add(sum, exponentials[maximum - row[i]]);
    // The sum is at least about 1: scaled to [1, 2), its fraction is the index.
    int zeros = clz(sum);
    int fraction = shift_right(sum << (zeros - 1), 14, 0) - (1 << 16);
    int reciprocal = reciprocals[clamp(fraction, 0, 65535)];
    for (int i = 0; i < depth; i++)
    {
        int product = exponentials[maximum - row[i]] * reciprocal;
        result[i] = convert_short(clamp(shift_right(product, 31 - zeros, 0), 0, 32767));
    }
}
