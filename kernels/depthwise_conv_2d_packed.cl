// DEPTHWISE_CONV_2D with depth multiplier 1, sixteen channels side by side, for processors with wide vectors.
// Layout: input and output NHWC; taps: int32 weight - zero point, [H,W,channels padded with zeros to a multiple of 16]. bias and factors
// are padded likewise. -D: codes.h (WIDTH=16), requantize.h.
// Work-groups of one work-item: one row of the output, sixteen channels.
// Exact: int32 accumulators that wrap; taps outside the image count as the input's zero point, that is, not at all.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "vectors.h"

// Pixels that are summed side by side where all their taps lie inside the image's width.
#define TILE_PIXELS 4

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
    int top = y * stride_height - pad_top;
    input += (size_t)batch * input_height * input_width * output_channels + channel;
    output += (size_t)get_global_id(1) * output_width * output_channels + channel;
    taps += channel;
    scaling channels = scaling_of(channel, REQUANTIZATION_ARGUMENTS);
    uint16 start = as_uint16(vload16(0, bias + channel));
    for (int x = 0; x < output_width;)
    {
        int left = x * stride_width - pad_left;
        int last = left + (TILE_PIXELS - 1) * stride_width + (kernel_width - 1) * dilation_width;
        bool is_inside = left >= 0 && last < input_width && x + TILE_PIXELS <= output_width && count >= 16;
        int pixels = is_inside ? TILE_PIXELS : 1;
        uint16 accumulators[TILE_PIXELS] = {start, start, start, start};
        for (int tap_y = 0; tap_y < kernel_height; tap_y++)
        {
            int row = top + tap_y * dilation_height;
            if (row < 0 || row >= input_height)
                continue;
            for (int tap_x = 0; tap_x < kernel_width; tap_x++)
            {
                int column = left + tap_x * dilation_width;
                int16 tap = vload16(0, taps + (tap_y * kernel_width + tap_x) * padded_channels);
                global const code *codes = input + (row * input_width + column) * output_channels;
                if (is_inside)
                {
#pragma unroll
                    for (int p = 0; p < TILE_PIXELS; p++)
                        accumulators[p] += as_uint16((convert_int16(vload16(0, codes + p * stride_width * output_channels)) - input_zero_point) * tap);
                }
                else if (column >= 0 && column < input_width)
                    accumulators[0] += as_uint16((load_codes(codes, count) - input_zero_point) * tap);
            }
        }
#pragma unroll
        for (int p = 0; p < TILE_PIXELS; p++)
        {
            if (p < pixels)
                store_codes(
                    output + (x + p) * output_channels,
                    requantize(as_int16(accumulators[p]), channels), count);
        }
        x += pixels;
    }
}
