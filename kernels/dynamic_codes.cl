// Rows of float32 as int8 codes by their own ranges: number = scale * (code - zero point).
// Layout: rows of row_length numbers lie `rows` to a matrix, their starts row_step apart and their numbers number_step; codes lie row after row.
// -D RANGE: ASYMMETRIC (TFLite, a zero point), SYMMETRIC (TFLite, 0), SYMMETRIC_HALF_AWAY (TFLite, 0, no blocks), DELEGATED (XNNPACK, a zero point).
// Work-items: one for each row; any work-group size.
// Exact on finite numbers: as arithmetic/Operators/DynamicCodes.cs. Needs a device with subnormals; ASYMMETRIC needs float64.

#include "subnormals.h"

#pragma OPENCL FP_CONTRACT OFF

#if !defined RANGE
#error "define RANGE"
#endif
#define ASYMMETRIC 1
#define SYMMETRIC 2
#define DELEGATED 3
#define SYMMETRIC_HALF_AWAY 4

// In whole blocks of 8 a half is added in float32, what remains rounds half away. What no int32 holds becomes INT_MIN, as x86 converts.
int rounded(float x, int is_in_block)
{
    return x >= 0x1p31f ? INT_MIN : is_in_block ? convert_int_sat(x + (x < 0 ? -0.5f : 0.5f)) : convert_int_sat(round(x));
}

kernel void dynamic_codes(
    global const float *restrict input, global char *restrict codes, global float *restrict code_scales, global int *restrict code_zero_points,
    int row_length, int rows, int row_step, int number_step)
{
    int row = get_global_id(0);
    global const float *numbers = input + row / rows * rows * row_length + row % rows * row_step;
    global char *coded = codes + row * row_length;
    float least = INFINITY, most = -INFINITY;
    for (int i = 0; i < row_length; i++)
    {
        least = fmin(least, numbers[i * number_step]);
        most = fmax(most, numbers[i * number_step]);
    }
    int whole = RANGE == SYMMETRIC_HALF_AWAY ? 0 : row_length / 8 * 8, zero_point = 0, low = -128;
    float scale = 1, factor = 0;
#if RANGE == SYMMETRIC || RANGE == SYMMETRIC_HALF_AWAY
    float range = fmax(fabs(least), fabs(most));
    low = -127;
    if (range != 0)
    {
        scale = range / 127;
        factor = 127 / range;
    }
#elif RANGE == ASYMMETRIC
    least = fmin(least, 0.0f);
    most = fmax(most, 0.0f);
    if (least != most)
    {
        double step = (float)((double)most - (double)least) / 255.0, below = least / step, above = most / step;
        double nearest = 128 + fabs(below) < 127 + fabs(above) ? -128 - below : 127 - above;
        zero_point = (int)round(clamp(nearest, -128.0, 127.0));
        scale = (float)step;
        factor = (float)(1.0 / scale);
    }
#else
    least = flushed(fmin(least, 0.0f));
    most = flushed(fmax(most, 0.0f));
    factor = least == most ? 1 : flushed(255 / flushed(most - least));
    float below = flushed(least * factor), above = flushed(most * factor);
    float nearest = (-128 + below) + (127 + above) > 0 ? -128 - below : 127 - above;
    zero_point = convert_int_sat(rint(clamp(nearest, -128.0f, 127.0f)));
    scale = flushed(1 / factor);
#endif
    for (int i = 0; i < row_length; i++)
    {
        float x = numbers[i * number_step];
#if RANGE == DELEGATED
        float scaled = flushed(x) * factor;
        int code = convert_int_sat(rint(scaled < -32768 ? -32768.0f : scaled < 32767 ? scaled : 32767.0f));
#else
        int code = rounded(x * factor, i < whole);
#endif
        coded[i] = (char)clamp((int)((uint)code + (uint)zero_point), low, 127);
    }
    code_scales[row] = scale;
    code_zero_points[row] = zero_point;
}
