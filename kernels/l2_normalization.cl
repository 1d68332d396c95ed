// L2_NORMALIZATION on 8-bit codes, over rows of `depth`: each times 1 / sqrt(sum of squares). Output scale 1/128, zero point at the middle code.
// -D: codes.h (WIDTH=1).
// Work-items: one for each row; any work-group size.
// Exact: int32 sum that wraps.

#include "codes.h"
#include "fixed_point.h"

#define FRACTION_BITS 7

kernel void l2_normalization(global const code *restrict input, global code *restrict output, int input_zero_point, int depth)
{
    global const code *row = input + get_global_id(0) * depth;
    global code *result = output + get_global_id(0) * depth;
    int sum = 0;
    for (int i = 0; i < depth; i++)
    {
        int centred = row[i] - input_zero_point;
        sum = wrapping_add(sum, centred * centred);
    }
    root_factor root = reciprocal_square_root(sum);
    for (int i = 0; i < depth; i++)
    {
        int centred = row[i] - input_zero_point;
        // The 7 bits are part of the exponent in int8, and shifted in beforehand in uint8.
#ifdef UINT8
        int scaled = multiply_rounding_twice(centred << FRACTION_BITS, root.mantissa, root.exponent, 1) + 128;
#else
        int scaled = multiply_rounding_twice(centred, root.mantissa, root.exponent + FRACTION_BITS, 1);
#endif
        result[i] = CONVERT_CODES()(clamp(scaled, LOWEST_CODE, LOWEST_CODE + 255));
    }
}
