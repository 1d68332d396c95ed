// RESIZE_BILINEAR on codes; input and output share scale and zero point, which play no part.
// Layout: NHWC. -D: codes.h (WIDTH=1); METHOD: how the four codes around a position are weighed.
//
//   INTEGER_10      weights of 10 bits, one rounding half away: TFLite's int8 and int16
//   INTEGER_11      weights of 11 bits, along the row first, one rounding half up: XNNPACK
//   FLOAT_PRODUCTS  float32, each product left to right, then half up by truncation: TFLite's reference kernel on uint8
//   FLOAT_WEIGHTS   float32 with the four weights computed first: TFLite's optimized kernel on uint8
//
// low_rows, high_rows, row_weights, ...: between which rows an output row lies, and how far on the way; made by the host.
// Work-items: one for each output element; any work-group size.

#include "codes.h"

#define INTEGER_10 1
#define INTEGER_11 2
#define FLOAT_PRODUCTS 3
#define FLOAT_WEIGHTS 4

#if !defined METHOD || METHOD < INTEGER_10 || METHOD > FLOAT_WEIGHTS
#error "define METHOD"
#endif

#pragma OPENCL FP_CONTRACT OFF

#if METHOD == INTEGER_10 || METHOD == INTEGER_11
typedef int weight;
#else
typedef float weight;
#endif

long weighed(int top_left, int top_right, int bottom_left, int bottom_right, weight down, weight right)
{
#if METHOD == INTEGER_10
    long wy = down, wx = right;
    long sum = top_left * (1024 - wy) * (1024 - wx) + bottom_left * wy * (1024 - wx) + top_right * (1024 - wy) * wx + bottom_right * wy * wx;
    return (sum + (sum > 0 ? 1 << 19 : -(1 << 19))) / (1 << 20);
#elif METHOD == INTEGER_11
    long wy = down, wx = right;
    long top = (long)top_left * 2048 + (top_right - top_left) * wx, bottom = (long)bottom_left * 2048 + (bottom_right - bottom_left) * wx;
    return (top * 2048 + (bottom - top) * wy + (1 << 21)) >> 22;
#else
    float up = 1 - down, left = 1 - right;
#if METHOD == FLOAT_PRODUCTS
    float sum = top_left * up * left + bottom_left * down * left + top_right * up * right + bottom_right * down * right;
#else
    float sum = top_left * (up * left) + top_right * (up * right) + bottom_left * (down * left) + bottom_right * (down * right);
#endif
    return (long)(sum + 0.5f);
#endif
}

kernel void resize_bilinear(
    global const code *restrict input, global code *restrict output,
    global const int *restrict low_rows, global const int *restrict high_rows, global const weight *restrict row_weights,
    global const int *restrict low_columns, global const int *restrict high_columns, global const weight *restrict column_weights,
    int input_height, int input_width, int output_height, int output_width, int channels)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int top = (batch * input_height + low_rows[y]) * input_width, bottom = (batch * input_height + high_rows[y]) * input_width;
    int left = low_columns[x], right = high_columns[x];
    output[element] = (code)weighed(
        input[(top + left) * channels + channel], input[(top + right) * channels + channel],
        input[(bottom + left) * channels + channel], input[(bottom + right) * channels + channel], row_weights[y], column_weights[x]);
}
