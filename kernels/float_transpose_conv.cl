// TRANSPOSE_CONV of float32: each output element gathers what the input positions add to it.
// Layout: input and output NHWC, weights OHWI, bias float32.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// -D BIAS_FIRST=1 where the sum begins with the bias, 0 where it ends with it; BY_TAPS=1: tap after tap, 0: input position after input position; real_terms.h.
// Exact: each row by row, then channels, one product after the other, as TFLite's reference kernel and XNNPACK have them.

#include "real_terms.h"

#if !defined BIAS_FIRST || !defined BY_TAPS
#error "define BIAS_FIRST and BY_TAPS"
#endif

kernel void float_transpose_conv(
    global const float *restrict input, global const float *restrict weights, global const float *restrict bias, global float *restrict output,
    global const float *restrict bounds, int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    float sum = BIAS_FIRST ? READ(bias[channel]) : 0;
    int taps = kernel_height * kernel_width;
    for (int step = 0; step < taps; step++)
    {
        // A tap further on comes from an input position before.
        int tap = BY_TAPS ? step : taps - 1 - step;
        int down = y + pad_top - tap / kernel_width, along = x + pad_left - tap % kernel_width, row = down / stride_height, column = along / stride_width;
        if (down < 0 || down % stride_height != 0 || row >= input_height || along < 0 || along % stride_width != 0 || column >= input_width)
            continue;
        global const float *pixel = input + ((batch * input_height + row) * input_width + column) * input_channels;
        global const float *filter = weights + (channel * taps + tap) * input_channels;
        for (int i = 0; i < input_channels; i++)
            sum = ADDED(sum, pixel[i], filter[i]);
    }
    float result = BIAS_FIRST ? sum : sum + bias[channel];
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
