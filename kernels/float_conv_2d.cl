// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32.
// Layout: input and output NHWC; weights OHWI, [1,H,W,O] where depthwise; bias float32.
// -D DEPTHWISE=1 or 0; BIAS_FIRST=1 where the sum begins with the bias, 0 where it ends with it; BY_COLUMNS=1 where taps are added column by column, 0 row by row; real_terms.h.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: taps, then channels, one product after the other, as TFLite's reference kernels and XNNPACK have them.

#include "real_terms.h"

#if !defined DEPTHWISE || !defined BIAS_FIRST || !defined BY_COLUMNS
#error "define DEPTHWISE, BIAS_FIRST and BY_COLUMNS"
#endif

kernel void float_conv_2d(
    global const float *restrict input, global const float *restrict weights, global const float *restrict bias, global float *restrict output,
    global const float *restrict bounds, int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels, int groups,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int depth = input_channels / groups, first = channel / (output_channels / groups) * depth;
    float sum = BIAS_FIRST ? READ(bias[channel]) : 0;
    for (int step = 0; step < kernel_height * kernel_width; step++)
    {
        int tap_y = BY_COLUMNS ? step % kernel_height : step / kernel_width, tap_x = BY_COLUMNS ? step / kernel_height : step % kernel_width;
        int row = y * stride_height - pad_top + tap_y * dilation_height, column = x * stride_width - pad_left + tap_x * dilation_width;
        if (row < 0 || row >= input_height || column < 0 || column >= input_width)
            continue;
        global const float *pixel = input + ((batch * input_height + row) * input_width + column) * input_channels + first;
        int tap = tap_y * kernel_width + tap_x;
        global const float *filter = weights + (DEPTHWISE ? tap * output_channels + channel : (channel * kernel_height * kernel_width + tap) * depth);
        for (int i = 0; i < depth; i++)
            sum = ADDED(sum, pixel[i], filter[i]);
    }
    float result = BIAS_FIRST ? sum : sum + bias[channel];
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
