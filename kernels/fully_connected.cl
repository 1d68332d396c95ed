// FULLY_CONNECTED on 8-bit codes.
// Layout: input [batches,I], weights [O,I], bias int32, output [batches,O], one factor for each output channel.
// -D: codes.h (WIDTH=1), requantize.h.
// Work-items: one for each output element, row by row; any work-group size.
// Exact: int32 accumulator that wraps.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

kernel void fully_connected(
    global const code *restrict input, global const code *restrict weights, global const int *restrict bias, global code *restrict output,
    REQUANTIZATION_PARAMETERS, int input_zero_point, int weight_zero_point, int input_channels, int output_channels)
{
    int element = get_global_id(0);
    int channel = element % output_channels;
    global const code *row = input + element / output_channels * input_channels;
    global const code *column = weights + channel * input_channels;
    uint accumulator = (uint)bias[channel];
    for (int i = 0; i < input_channels; i++)
        accumulator += (uint)((column[i] - weight_zero_point) * (row[i] - input_zero_point));
    output[element] = CONVERT_CODES()(requantize((int)accumulator, scaling_of(channel, REQUANTIZATION_ARGUMENTS)));
}
