// DEPTHWISE_CONV_2D with depth multiplier 1, sixteen channels side by side, for processors with wide vectors.
// Layout: input and output NHWC; taps: int32 weight - zero point, [H,W,channels padded with zeros to a multiple of 16]. bias and factors
// are padded likewise. -D: codes.h (WIDTH=16), requantize.h.
// Work-groups of one work-item: one row of the output, sixteen channels.
// Exact: int32 accumulators that wrap; taps outside the image count as the input's zero point, that is, not at all.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "vectors.h"

kernel __attribute__((reqd_work_group_size(1, 1, 1))) void depthwise_conv_2d_packed(
    global const code *restrict input, global const int *restrict taps, global const int *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point,
    int input_height, int input_width, int output_height, int output_width, int output_channels,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width,
    int pad_top, int pad_left)
{
    int channel = get_global_id(0) * 16, count = output_channels - channel;
    int padded_channels = (output_channels + 15) / 16 * 16;
    int y = get_global_id(1) % output_height, batch = get_global_id(1) / output_height;
    for (int x = 0; x < output_width; x++)
    {
        uint16 accumulator = as_uint16(vload16(0, bias + channel));
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
                int16 pixel = load_codes(input + ((batch * input_height + row) * input_width + column) * output_channels + channel, count);
                int16 tap = vload16(0, taps + (tap_y * kernel_width + tap_x) * padded_channels + channel);
                accumulator += as_uint16((pixel - input_zero_point) * tap);
            }
        }
        store_codes(
            output + ((batch * output_height + y) * output_width + x) * output_channels + channel,
            requantize(as_int16(accumulator), channel, REQUANTIZATION_ARGUMENTS), count);
    }
}
