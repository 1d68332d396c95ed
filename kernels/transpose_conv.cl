// TRANSPOSE_CONV on codes: each output element gathers what the input positions add to it.
// Layout: input and output NHWC, weights OHWI, bias int64.
// -D: codes.h (WIDTH=1); WEIGHT: type of the weights; requantize.h.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Elements below tail_element are all requantized as body, whatever their channel: a vector body that runs over the whole tensor.
// Exact: int64 accumulator, of which the requantization takes the lower 32 bits unless it is MANTISSA_16.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

#if !defined WEIGHT
#error "define WEIGHT"
#endif

typedef WEIGHT weight;

kernel void transpose_conv(
    global const code *restrict input, global const weight *restrict weights, global const long *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point, int weight_zero_point, int input_height, int input_width, int input_channels,
    int output_height, int output_width, int output_channels, int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left,
    int tail_element)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    long sum = bias[channel];
    for (int tap_y = 0; tap_y < kernel_height; tap_y++)
    {
        int down = y + pad_top - tap_y, row = down / stride_height;
        if (down < 0 || down % stride_height != 0 || row >= input_height)
            continue;
        for (int tap_x = 0; tap_x < kernel_width; tap_x++)
        {
            int along = x + pad_left - tap_x, column = along / stride_width;
            if (along < 0 || along % stride_width != 0 || column >= input_width)
                continue;
            global const code *pixel = input + ((batch * input_height + row) * input_width + column) * input_channels;
            global const weight *tap = weights + ((channel * kernel_height + tap_y) * kernel_width + tap_x) * input_channels;
            for (int i = 0; i < input_channels; i++)
                sum += (pixel[i] - input_zero_point) * (tap[i] - weight_zero_point);
        }
    }
    if (element < tail_element)
        tail_start = output_channels;
    output[element] = CONVERT_CODES()(requantize((accumulators)sum, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));
}
