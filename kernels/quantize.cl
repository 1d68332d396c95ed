// QUANTIZE: float32 to codes.
// -D: codes.h (WIDTH=1), of the output; BODY, TAIL: how the elements below tail_start and the others are computed, DIVIDE_SINGLE, DIVIDE_DOUBLE,
// MULTIPLY_RECIPROCAL or MULTIPLY_CLAMPED.
// reciprocal: f32{1 / scale}.
// Work-items: one for each output element; any work-group size.
// Exact: needs a device that rounds products and quotients to nearest, and float64 for DIVIDE_DOUBLE. What no int32 holds becomes INT_MIN before the zero
// point is added, as x86 converts.

#include "codes.h"
#include "fixed_point.h"

#define DIVIDE_SINGLE 1
#define DIVIDE_DOUBLE 2
#define MULTIPLY_RECIPROCAL 3
#define MULTIPLY_CLAMPED 4

#if !defined BODY || !defined TAIL
#error "define BODY and TAIL"
#endif

#pragma OPENCL FP_CONTRACT OFF
#if BODY == DIVIDE_DOUBLE || TAIL == DIVIDE_DOUBLE
#pragma OPENCL EXTENSION cl_khr_fp64 : enable
#endif

int to_integer(float rounded)
{
    return rounded >= -0x1p31f && rounded < 0x1p31f ? (int)rounded : INT_MIN;
}

int quantized(float x, int method, float scale, float reciprocal, float low, float high)
{
#if BODY == DIVIDE_DOUBLE || TAIL == DIVIDE_DOUBLE
    if (method == DIVIDE_DOUBLE)
    {
        double rounded = round(x / (double)scale);
        return rounded >= -0x1p31 && rounded < 0x1p31 ? (int)rounded : INT_MIN;
    }
#endif
    if (method == DIVIDE_SINGLE)
        return to_integer(round(x / scale));
    float product = x * reciprocal;
    if (method == MULTIPLY_CLAMPED)
        product = product < low ? low : product > high ? high : product;
    return to_integer(rint(product));
}

kernel void quantize(
    global const float *restrict input, global code *restrict output, float scale, float reciprocal, int output_zero_point, int low, int high, int tail_start)
{
    int element = get_global_id(0);
    int rounded = quantized(
        input[element], element < tail_start ? BODY : TAIL, scale, reciprocal, low - output_zero_point, high - output_zero_point);
    output[element] = CONVERT_CODES()(min(max(wrapping_add(rounded, output_zero_point), low), high));
}
