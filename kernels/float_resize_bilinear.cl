// RESIZE_BILINEAR on float32.
// Layout: NHWC. -D METHOD: how the four numbers around a position are weighed.
//
//   PRODUCTS     each product left to right: TFLite's reference kernel
//   WEIGHTS      the four weights first: TFLite's optimized kernel
//   HALVES       half sums of neighbours, and half sums of those: TFLite's optimized kernel where it doubles height and width
//   DIFFERENCES  along both rows first, then between them: XNNPACK
//
// low_rows, high_rows, row_fractions, ...: between which rows an output row lies, and how far on the way; made by the host.
// Work-items: one for each output element; any work-group size.
// Exact: products and sums rounded each. Needs a device with subnormals.

#pragma OPENCL FP_CONTRACT OFF

#define PRODUCTS 1
#define WEIGHTS 2
#define HALVES 3
#define DIFFERENCES 4

#if !defined METHOD || METHOD < PRODUCTS || METHOD > DIFFERENCES
#error "define METHOD"
#endif

float between(float top_left, float top_right, float bottom_left, float bottom_right, float down, float right)
{
    float up = 1 - down, left = 1 - right;
#if METHOD == PRODUCTS
    return top_left * up * left + bottom_left * down * left + top_right * up * right + bottom_right * down * right;
#elif METHOD == WEIGHTS
    return top_left * (up * left) + top_right * (up * right) + bottom_left * (down * left) + bottom_right * (down * right);
#elif METHOD == HALVES
    float at_left = down == 0 ? top_left : (top_left + bottom_left) / 2, at_right = down == 0 ? top_right : (top_right + bottom_right) / 2;
    return right == 0 ? at_left : (at_left + at_right) / 2;
#else
    float top = top_left + (top_right - top_left) * right, bottom = bottom_left + (bottom_right - bottom_left) * right;
    return top + (bottom - top) * down;
#endif
}

kernel void float_resize_bilinear(
    global const float *restrict input, global float *restrict output,
    global const int *restrict low_rows, global const int *restrict high_rows, global const float *restrict row_fractions,
    global const int *restrict low_columns, global const int *restrict high_columns, global const float *restrict column_fractions,
    int input_height, int input_width, int output_height, int output_width, int channels)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int top = (batch * input_height + low_rows[y]) * input_width, bottom = (batch * input_height + high_rows[y]) * input_width;
    int left = low_columns[x], right = high_columns[x];
    output[element] = between(
        input[(top + left) * channels + channel], input[(top + right) * channels + channel],
        input[(bottom + left) * channels + channel], input[(bottom + right) * channels + channel], row_fractions[y], column_fractions[x]);
}
