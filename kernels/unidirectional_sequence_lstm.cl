// UNIDIRECTIONAL_SEQUENCE_LSTM on int8 with gates and cell state of int16: input [batches, steps, input_size], or [steps, batches, input_size] when time_major; output the
// same with output_size channels; output_state [batches, output_size] and cell_state [batches, cells], changed in place.
// The parameters of the gates lie one after the other in the order input, forget, cell, output: weights [4, cells, columns], biases with the zero points of what they are
// added to folded in, peepholes (none for the cell gate) and normalization coefficients [4, cells]. `gate_multiplier` and `gate_shift` are [4, 4]: of the sums over the
// input, over the output state, of the peephole, and of the normalization. What a model does not have is 0.
// `sigmoid`, `gate_tanh` and `cell_tanh` are tables by the patterns of int16.
// Work-groups: one for each batch, whose work-items share the cells; any size.
// Exact: int32 sums that wrap, two roundings; variances in int64.

#define INT8
#define WIDTH 1
#include "codes.h"
#include "fixed_point.h"

#define GATES 4
#define CELL_GATE 2
#define OUTPUT_GATE 3
#define FRACTION_BITS 15
#define PEEPHOLE_BLOCK 16

// A row of weights times a vector, rescaled.
int product(global const char *weights, local const char *vector, int count, int bias, int multiplier, int shift)
{
    int sum = bias;
    for (int i = 0; i < count; i++)
        sum = wrapping_add(sum, weights[i] * vector[i]);
    return multiply_rounding_twice(sum, multiplier, shift, 1);
}

// What a gate's sums are normalized by: their mean, with 10 more bits, and the factor that takes the place of a division by their deviation.
typedef struct
{
    int mean, multiplier, shift;
} normalization;

normalization normalization_of(local const short *sums, int cells, int least_variance)
{
    long sum = 0, squares = 0;
    for (int i = 0; i < cells; i++)
    {
        sum += sums[i];
        squares += sums[i] * sums[i];
    }
    normalization found;
    found.mean = (int)(sum * 1024 / cells);
    int variance = (int)((squares * ((1 << 20) / cells) - (long)found.mean * found.mean) / (1 << 20));
    root_factor deviation = reciprocal_square_root(variance < 1 ? least_variance : variance);
    found.multiplier = deviation.mantissa;
    found.shift = deviation.exponent;
    return found;
}

short normalized(int sum, normalization by, int weight, int bias, int multiplier, int shift)
{
    int normal = multiply_rounding_twice(1024 * sum - by.mean, by.multiplier, by.shift, 1);
    int weighted = as_int(as_uint(normal) * as_uint(weight) + as_uint(bias));
    return convert_short_sat(multiply_rounding_twice(shift_right(weighted, 10, 1), multiplier, shift, 1));
}

kernel void unidirectional_sequence_lstm(
    global const char *restrict input, global char *restrict output_state, global short *restrict cell_state, global char *restrict output,
    global const char *restrict input_weights, global const int *restrict input_bias, global const char *restrict recurrent_weights, global const int *restrict recurrent_bias,
    global const short *restrict peephole_weights, global const short *restrict normalization_weights, global const int *restrict normalization_bias,
    global const int *restrict least_variance, global const int *restrict gate_multiplier, global const int *restrict gate_shift,
    global const short *restrict sigmoid, global const short *restrict gate_tanh, global const short *restrict cell_tanh,
    global const char *restrict projection_weights, global const int *restrict projection_bias, int projection_multiplier, int projection_shift, int projection_clip,
    int hidden_multiplier, int hidden_shift, int hidden_zero_point, int output_zero_point, int cell_exponent, int cell_clip, int peephole_away,
    int time_major, int coupled, int has_peepholes, int normalizes, int projects, int batches, int steps, int input_size, int cells, int output_size,
    local char *current, local char *state, local char *hidden, local short *gates)
{
    int batch = get_group_id(0), first = get_local_id(0), stride = get_local_size(0);
    output_state += batch * output_size;
    cell_state += batch * cells;
    for (int i = first; i < output_size; i += stride)
        state[i] = output_state[i];
    for (int step = 0; step < steps; step++)
    {
        int row = time_major ? step * batches + batch : batch * steps + step;
        for (int i = first; i < input_size; i += stride)
            current[i] = input[row * input_size + i];
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int gate = coupled; gate < GATES; gate++)
        {
            local short *sums = gates + gate * cells;
            global const int *multiplier = gate_multiplier + gate * 4, *shift = gate_shift + gate * 4;
            for (int i = first; i < cells; i += stride)
            {
                if (gate == OUTPUT_GATE)
                {
                    int forget = gates[cells + i], let = coupled ? SHRT_MAX - forget : gates[i];
                    int kept = shift_right(forget * cell_state[i], FRACTION_BITS, 1);
                    int added = shift_right(let * gates[CELL_GATE * cells + i], 2 * FRACTION_BITS + cell_exponent, 1);
                    int cell = clamp((short)kept + (short)added, SHRT_MIN, SHRT_MAX);
                    cell_state[i] = cell_clip > 0 ? clamp(cell, -cell_clip, cell_clip) : cell;
                }
                int at = gate * cells + i;
                int sum = convert_short_sat(product(input_weights + at * input_size, current, input_size, input_bias[at], multiplier[0], shift[0]));
                sum = convert_short_sat(wrapping_add(
                    sum, product(recurrent_weights + at * output_size, state, output_size, recurrent_bias[at], multiplier[1], shift[1])));
                if (has_peepholes && gate != CELL_GATE)
                    sum = convert_short_sat(wrapping_add(sum, multiply_rounding_twice(
                        peephole_weights[at] * cell_state[i], multiplier[2], shift[2], i < cells / PEEPHOLE_BLOCK * PEEPHOLE_BLOCK ? peephole_away : 1)));
                sums[i] = sum;
            }
            normalization by;
            if (normalizes)
            {
                barrier(CLK_LOCAL_MEM_FENCE);
                by = normalization_of(sums, cells, least_variance[gate]);
                barrier(CLK_LOCAL_MEM_FENCE);
            }
            for (int i = first; i < cells; i += stride)
            {
                int at = gate * cells + i;
                short sum = normalizes ? normalized(sums[i], by, normalization_weights[at], normalization_bias[at], multiplier[3], shift[3]) : sums[i];
                sums[i] = gate == CELL_GATE ? gate_tanh[as_ushort(sum)] : sigmoid[as_ushort(sum)];
            }
        }
        for (int i = first; i < cells; i += stride)
        {
            int gated = gates[OUTPUT_GATE * cells + i] * cell_tanh[as_ushort(cell_state[i])];
            hidden[i] = convert_char_sat(wrapping_add(multiply_rounding_twice(gated, hidden_multiplier, hidden_shift, 1), hidden_zero_point));
        }
        barrier(CLK_LOCAL_MEM_FENCE);
        for (int i = first; i < output_size; i += stride)
        {
            if (projects)
            {
                int code = convert_char_sat(wrapping_add(
                    product(projection_weights + i * cells, hidden, cells, projection_bias[i], projection_multiplier, projection_shift), output_zero_point));
                state[i] = projection_clip > 0 ? clamp(code, -projection_clip, projection_clip) : code;
            }
            else
                state[i] = hidden[i];
            output[row * output_size + i] = state[i];
        }
    }
    for (int i = first; i < output_size; i += stride)
        output_state[i] = state[i];
}
