// TRANSPOSE_CONV of float32 with int8 weights, on the codes that dynamic_codes made of each image: each output element gathers what the input positions add to it.
// Layout: codes and output NHWC, weights OHWI; one scale and bias a channel.
// -D hybrid.h. ONE_BY_ONE scales each product and adds in float32, by input position and channel; FUSED scales the sum.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact. Needs a device with subnormals.

#include "hybrid.h"

kernel void hybrid_transpose_conv(
    global const char *restrict codes, global const float *restrict code_scales, global const int *restrict code_zero_points, global const char *restrict weights,
    global const float *restrict weight_scales, global const float *restrict bias, global float *restrict output, global const float *restrict bounds,
    int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int zero_point = code_zero_points[batch], sum = 0;
    float terms = 0, scale = weight_scales[channel], code_scale = code_scales[batch];
    for (int row = 0; row < input_height; row++)
    {
        int tap_y = y + pad_top - row * stride_height;
        if (tap_y < 0 || tap_y >= kernel_height)
            continue;
        for (int column = 0; column < input_width; column++)
        {
            int tap_x = x + pad_left - column * stride_width;
            if (tap_x < 0 || tap_x >= kernel_width)
                continue;
            global const char *pixel = codes + ((batch * input_height + row) * input_width + column) * input_channels;
            global const char *filter = weights + ((channel * kernel_height + tap_y) * kernel_width + tap_x) * input_channels;
            for (int i = 0; i < input_channels; i++)
            {
                int product = filter[i] * (pixel[i] - zero_point);
                sum += product;
                terms += product * scale * code_scale;
            }
        }
    }
#if SCALING == FUSED
    output[element] = scaled(sum, code_scale, scale, bias[channel], 0, bounds);
#else
    float result = terms + bias[channel];
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
#endif
}
