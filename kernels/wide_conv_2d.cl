// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of int16 activations with int8 weights; all zero points 0.
// Layout: input and output NHWC; weights OHWI, [1,H,W,O] where depthwise; bias int64.
// -D: codes.h (INT16, WIDTH=1), requantize.h; DEPTHWISE=1 or 0.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: int64 accumulator, of which the requantization takes the lower 32 bits unless it is MANTISSA_16.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

#if !defined DEPTHWISE
#error "define DEPTHWISE"
#endif

kernel void wide_conv_2d(
    global const code *restrict input, global const char *restrict weights, global const long *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels, int groups,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int depth = input_channels / groups, first = channel / (output_channels / groups) * depth;
    long sum = bias[channel];
    for (int tap_y = 0; tap_y < kernel_height; tap_y++)
    {
        int row = y * stride_height - pad_top + tap_y * dilation_height;
        if (row < 0 || row >= input_height)
            continue;
        for (int tap_x = 0; tap_x < kernel_width; tap_x++)
        {
            int column = x * stride_width - pad_left + tap_x * dilation_width;
            if (column < 0 || column >= input_width)
                continue;
            global const code *pixel = input + ((batch * input_height + row) * input_width + column) * input_channels + first;
            int tap = tap_y * kernel_width + tap_x;
            for (int i = 0; i < depth; i++)
                sum += pixel[i] * weights[DEPTHWISE ? tap * output_channels + channel : (channel * kernel_height * kernel_width + tap) * depth + i];
        }
    }
    output[element] = CONVERT_CODES()(requantize((accumulators)sum, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));
}
