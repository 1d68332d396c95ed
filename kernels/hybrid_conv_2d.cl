// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED of float32 with int8 weights, on the codes that dynamic_codes made of each image.
// Layout: codes and output NHWC; weights OHWI, [1,H,W,O] where depthwise; one scale and bias a channel.
// -D DEPTHWISE=1 or 0; hybrid.h.
// bounds: the smallest and the largest result that the clamp lets through.
// signed_products: of the products of a sum, those below this give a weight the sign of the code, where -128 stays.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact. Needs a device with subnormals.

#include "hybrid.h"

#if !defined DEPTHWISE
#error "define DEPTHWISE"
#endif

kernel void hybrid_conv_2d(
    global const char *restrict codes, global const float *restrict code_scales, global const int *restrict code_zero_points, global const char *restrict weights,
    global const float *restrict weight_scales, global const float *restrict bias, global float *restrict output, global const float *restrict bounds,
    int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels, int groups,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int dilation_height, int dilation_width, int pad_top, int pad_left, int signed_products)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int depth = input_channels / groups, first = channel / (output_channels / groups) * depth, zero_point = code_zero_points[batch], sum = 0;
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
            global const char *pixel = codes + ((batch * input_height + row) * input_width + column) * input_channels + first;
            int tap = tap_y * kernel_width + tap_x;
            global const char *filter = weights + (DEPTHWISE ? tap * output_channels + channel : (channel * kernel_height * kernel_width + tap) * depth);
            for (int i = 0; i < depth; i++)
            {
                int is_stuck = filter[i] == -128 && pixel[i] < 0 && tap * depth + i < signed_products;
                sum += filter[i] * ((is_stuck ? -pixel[i] : pixel[i]) - zero_point);
            }
        }
    }
    output[element] = scaled(sum, code_scales[batch], weight_scales[channel], bias[channel], channel < output_channels / 4 * 4, bounds);
}
