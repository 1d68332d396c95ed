// CONV_2D on 8-bit codes, any stride, dilation, padding, grouping and batch.
// Layout: input and output NHWC, weights OHWI, bias int32, one factor for each output channel. -D: codes.h (WIDTH=1), requantize.h.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: int32 accumulator that wraps; taps outside the image count as the input's zero point, that is, not at all.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

kernel void conv_2d(
    global const code *restrict input, global const code *restrict weights, global const int *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point, int weight_zero_point,
    int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels, int groups,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width,
    int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int depth = input_channels / groups, first = channel / (output_channels / groups) * depth;
    uint accumulator = (uint)bias[channel];
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
            global const code *tap = weights + ((channel * kernel_height + tap_y) * kernel_width + tap_x) * depth;
            for (int i = 0; i < depth; i++)
                accumulator += (uint)((tap[i] - weight_zero_point) * (pixel[i] - input_zero_point));
        }
    }
    output[element] = CONVERT_CODES()(requantize((int)accumulator, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));
}
