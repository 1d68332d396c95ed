// DEPTHWISE_CONV_2D, to go with conv_2d.cl: one work-item for each output element, filter [1, height, width, channels].

#include "requantize.h"

kernel void depthwise_conv_2d(
    global const uchar *input, global const uchar *weights, global const int *bias, global uchar *output,
    global const int *multiplier, global const int *shift, int output_zero_point, int low, int high,
    int input_zero_point, int weight_zero_point, int input_height, int input_width, int input_channels,
    int output_height, int output_width, int output_channels, int kernel_height, int kernel_width,
    int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels;
    int x = element / output_channels % output_width;
    int y = element / output_channels / output_width % output_height;
    int batch = element / output_channels / output_width / output_height;
    int source = channel * input_channels / output_channels;
    int acc = bias[channel];
    for (int ky = 0; ky < kernel_height; ky++) {
        for (int kx = 0; kx < kernel_width; kx++) {
            int row = y * stride_height - pad_top + ky, column = x * stride_width - pad_left + kx;
            if (row < 0 || row >= input_height || column < 0 || column >= input_width)
                continue;
            int code = input[((batch * input_height + row) * input_width + column) * input_channels + source];
            int weight = weights[(ky * kernel_width + kx) * output_channels + channel];
            acc += (code - input_zero_point) * (weight - weight_zero_point);
        }
    }
    int value = requantize(acc, multiplier[channel], shift[channel]) + output_zero_point;
    output[element] = (uchar)clamp(value, low, high);
}
