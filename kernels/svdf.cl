// SVDF on int8: input [batches, input_size], feature weights [filters, input_size] of int8, time weights [filters, memory] and state [batches, filters, memory] of int16,
// output [batches, filters / rank]. The state is changed in place: the oldest slot of each filter goes, the newest comes last.
// Work-items: one for each output element, which alone has the state of its `rank` filters; any work-group size.
// Exact: int32 sums that wrap, two roundings.

#define INT8
#define WIDTH 1
#include "codes.h"
#include "fixed_point.h"

kernel void svdf(
    global const char *restrict input, global const char *restrict weights, global const short *restrict time_weights, global const int *restrict bias,
    global short *restrict state, global char *restrict output, int input_zero_point, int feature_multiplier, int feature_shift, int time_multiplier, int time_shift,
    int output_zero_point, int input_size, int filters, int rank, int memory)
{
    int units = filters / rank, batch = get_global_id(0) / units, unit = get_global_id(0) % units;
    int sum = bias[unit];
    for (int filter = unit * rank; filter < (unit + 1) * rank; filter++)
    {
        int feature = 0;
        for (int i = 0; i < input_size; i++)
            feature = wrapping_add(feature, weights[filter * input_size + i] * (input[batch * input_size + i] - input_zero_point));
        global short *slots = state + (batch * filters + filter) * memory;
        for (int slot = 1; slot < memory; slot++)
            slots[slot - 1] = slots[slot];
        slots[memory - 1] = convert_short_sat(multiply_rounding_twice(feature, feature_multiplier, feature_shift, 1));
        for (int slot = 0; slot < memory; slot++)
            sum = wrapping_add(sum, time_weights[filter * memory + slot] * slots[slot]);
    }
    output[get_global_id(0)] = convert_char_sat(wrapping_add(multiply_rounding_twice(sum, time_multiplier, time_shift, 1), output_zero_point));
}
