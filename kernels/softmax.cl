// SOFTMAX on 8-bit codes, over rows of `depth` codes; the output's zero point is its lowest code. FIXED_POINT takes its scale for 1/256, or 1/65536 of int16.
// -D: codes.h (WIDTH=1), the input's; TO_INT16 where the output is int16, or else of the input's type; METHOD=FIXED_POINT (gemmlowp's, TFLite's reference kernel) or FLOAT_TABLE (its optimized kernel).
// exponentials[row maximum - code]: exp(-scale * beta * difference) as F0 or as float32, made by the host, since a device's exp is its own.
// Work-items: one for each row; any work-group size.
// Exact: the float sum is sequential, the reciprocal is computed on integers, so nothing depends on the device's division.

#include "codes.h"
#include "fixed_point.h"

#define FIXED_POINT 1
#define FLOAT_TABLE 2

#pragma OPENCL FP_CONTRACT OFF

#ifdef TO_INT16
typedef short share_code;
#define SHARE_BITS 16
#define LOWEST_SHARE (-32768)
#define CONVERT_SHARE convert_short
#else
typedef code share_code;
#define SHARE_BITS 8
#define LOWEST_SHARE LOWEST_CODE
#define CONVERT_SHARE CONVERT_CODES()
#endif
#define HIGHEST_SHARE (LOWEST_SHARE + (1 << SHARE_BITS) - 1)

int row_maximum(global const code *row, int depth)
{
    int maximum = row[0];
    for (int i = 1; i < depth; i++)
        maximum = max(maximum, (int)row[i]);
    return maximum;
}

#if METHOD == FIXED_POINT

kernel void softmax(
    global const code *restrict input, global share_code *restrict output, global const int *restrict exponentials, int largest_difference, int depth)
{
    global const code *row = input + get_global_id(0) * depth;
    global share_code *result = output + get_global_id(0) * depth;
    int maximum = row_maximum(row, depth);
    int sum = 0;
    for (int i = 0; i < depth; i++)
    {
        int difference = maximum - row[i];
        if (difference <= largest_difference)
            sum += shift_right(exponentials[difference], 12, 1);
    }
    int headroom = clz(sum);
    int reciprocal = one_over_one_plus((int)(((uint)sum << headroom) - 0x80000000u));
    int right = 12 - headroom + 31 - SHARE_BITS;
    for (int i = 0; i < depth; i++)
    {
        int difference = maximum - row[i];
        int share = difference > largest_difference || right > 31 ? 0 : shift_right(high_multiply(reciprocal, exponentials[difference]), right, 1);
        result[i] = CONVERT_SHARE(min(max(share + LOWEST_SHARE, LOWEST_SHARE), HIGHEST_SHARE));
    }
}

#elif METHOD == FLOAT_TABLE

// 1 / x rounded to nearest, for a normal x of moderate size: a tie would need a quotient of 25 bits that divides evenly, and only powers
// of two divide 2^48 evenly.
float reciprocal(float x)
{
    uint bits = as_uint(x);
    ulong significand = (bits & 0x7fffffu) | 0x800000u;
    int exponent = (int)(bits >> 23) - 127;
    if (significand == 0x800000u)
        return as_float((uint)(127 - exponent) << 23);
    uint quotient = (uint)((1UL << 48) / significand);
    return as_float(((uint)(126 - exponent) << 23) + (((quotient + 1) >> 1) - 0x800000u));
}

kernel void softmax(
    global const code *restrict input, global share_code *restrict output, global const float *restrict exponentials, float output_scale, int depth)
{
    global const code *row = input + get_global_id(0) * depth;
    global share_code *result = output + get_global_id(0) * depth;
    int maximum = row_maximum(row, depth);
    float sum = 0;
    for (int i = 0; i < depth; i++)
        sum += exponentials[maximum - row[i]];
    float inverse = reciprocal(sum * output_scale);
    for (int i = 0; i < depth; i++)
    {
        float share = exponentials[maximum - row[i]] * inverse;
#if LOWEST_SHARE == 0
        int rounded = (int)(share + 0.5f);
#else
        int rounded = (int)share;
        rounded += share - (float)rounded >= 0.5f ? 1 : 0;
#endif
        result[i] = CONVERT_SHARE(min(rounded + LOWEST_SHARE, HIGHEST_SHARE));
    }
}

#else
#error "define METHOD: FIXED_POINT or FLOAT_TABLE"
#endif
