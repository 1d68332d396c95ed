// DEPTHWISE_CONV_2D on 8-bit codes, any stride, dilation, padding, depth multiplier and batch.
// Layout: input and output NHWC, weights [1,H,W,O], bias int32, one factor for each output channel; output channel = input channel *
// depth_multiplier + m. -D: codes.h (WIDTH=1), requantize.h.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: int32 accumulator that wraps; taps outside the image count as the input's zero point, that is, not at all.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

kernel void depthwise_conv_2d(
    global const code *restrict input, global const code *restrict weights, global const int *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point, int weight_zero_point,
    int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels, int depth_multiplier,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width,
    int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
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
            int pixel = input[((batch * input_height + row) * input_width + column) * input_channels + channel / depth_multiplier];
            int tap = weights[(tap_y * kernel_width + tap_x) * output_channels + channel];
            accumulator += (uint)((tap - weight_zero_point) * (pixel - input_zero_point));
        }
    }
    output[element] = CONVERT_CODES()(requantize((int)accumulator, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));
}
