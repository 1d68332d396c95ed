// UNIDIRECTIONAL_SEQUENCE_LSTM on float32: input [batches, steps, input_size], or [steps, batches, input_size] when time_major; output the same with output_size channels;
// output_state [batches, output_size] and cell_state [batches, cells], changed in place.
// The parameters of the gates lie one after the other in the order input, forget, cell, output: weights [4, cells, columns], peepholes, normalization coefficients and biases
// [4, cells], scales [4]. What a model does not have is 0.
// -D HYBRID: 1: int8 weights times vectors that are quantized as they come, with the definitions of dynamic_codes.h; 0: float32 weights. ACTIVATION: activation.h.
// peepholes: bit by bit, the gates that have one.
// Work-groups: one for each batch, whose work-items share the cells; any size.
// Exact, in TFLite's order. Needs a device with subnormals and float64.

#define VECTOR local
#define LANES CROSSWISE
#include "real_products.h"
#include "activation.h"
#include "glibc.h"

#if !defined HYBRID
#error "define HYBRID"
#endif
#if HYBRID
#include "dynamic_codes.h"
#define WEIGHT char
#define PRODUCT(weights, weight_scale, vector, count, row, rows) product(weights, weight_scale, vector##_codes, count, &vector##_range)
#else
#include "products_at_once.h"
#define WEIGHT float
#define PRODUCT(weights, weight_scale, vector, count, row, rows) \
    (time_major && batches > 1 ? product_at_once(weights, vector, count, row, rows, batch, batches) : product_of_numbers(weights, vector, count))
#endif

#define GATES 4
#define INPUT_GATE 0
#define FORGET_GATE 1
#define CELL_GATE 2
#define OUTPUT_GATE 3
#define LEAST_VARIANCE 1e-8f

#if HYBRID
// The codes of a vector, which the work-items share. Its range lies in local memory: kept by each work-item, some compilers take ten times as long.
void make_codes(local const float *numbers, int count, local char *codes, local code_range *range)
{
    if (get_local_id(0) == 0)
    {
        float least = INFINITY, most = -INFINITY;
        for (int i = 0; i < count; i++)
        {
            least = fmin(least, numbers[i]);
            most = fmax(most, numbers[i]);
        }
        *range = range_of(least, most);
    }
    barrier(CLK_LOCAL_MEM_FENCE);
    code_range found = *range;
    for (int i = get_local_id(0); i < count; i += get_local_size(0))
        codes[i] = code_of(numbers[i], i, count / 8 * 8, found);
    barrier(CLK_LOCAL_MEM_FENCE);
}

float product(global const char *weights, float weight_scale, local const char *codes, int count, local const code_range *range)
{
    return product_of_codes(weights, codes, count, range->zero_point) * (range->scale * weight_scale);
}
#endif

// What a gate's sums are normalized by.
typedef struct
{
    float mean, inverse_deviation;
} normalization;

normalization normalization_of(local const float *sums, int cells)
{
    float sum = 0, squares = 0;
    for (int i = 0; i < cells; i++)
        sum += sums[i];
    normalization found;
    found.mean = sum / cells;
    for (int i = 0; i < cells; i++)
        squares += (sums[i] - found.mean) * (sums[i] - found.mean);
    found.inverse_deviation = 1 / sqrt(squares / cells + LEAST_VARIANCE);
    return found;
}

// Whether Eigen computes an element of `count`, the first of which is `offset` elements behind a multiple of 16 bytes, in a whole vector.
int is_in_vector(int element, int count, int offset)
{
    int before = min((4 - offset % 4) % 4, count);
    return element >= before && element < count - (count - before) % 4;
}

float logistic(float x, int in_vector)
{
    float e = glibc_exp(x > 16.6355324f ? 16.6355324f : x);
    return in_vector ? logistic_in_vectors(x) : e / (1 + e);
}

kernel void float_lstm(
    global const float *restrict input, global float *restrict output_state, global float *restrict cell_state, global float *restrict output,
    global const WEIGHT *restrict input_weights, global const float *restrict input_scales, global const WEIGHT *restrict recurrent_weights,
    global const float *restrict recurrent_scales, global const float *restrict peephole_weights, global const float *restrict normalization_weights,
    global const float *restrict bias, global const WEIGHT *restrict projection_weights, float projection_scale, global const float *restrict projection_bias,
    float cell_clip, float projection_clip, int time_major, int coupled, int peepholes, int normalizes, int projects,
    int batches, int steps, int input_size, int cells, int output_size,
    local float *current, local float *state, local float *gates, local char *current_codes, local char *state_codes, local char *hidden_codes)
{
#if HYBRID
    local code_range current_range, state_range, hidden_range;
#endif
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
#if HYBRID
        make_codes(current, input_size, current_codes, &current_range);
        make_codes(state, output_size, state_codes, &state_range);
#endif
        for (int gate = coupled; gate < GATES; gate++)
        {
            local float *sums = gates + gate * cells;
            for (int i = first; i < cells; i += stride)
            {
                if (gate == OUTPUT_GATE)
                {
                    float forget = gates[FORGET_GATE * cells + i], let = coupled ? 1 - forget : gates[INPUT_GATE * cells + i];
                    float cell = forget * cell_state[i] + gates[CELL_GATE * cells + i] * let;
                    cell_state[i] = cell_clip > 0 ? cell < -cell_clip ? -cell_clip : cell > cell_clip ? cell_clip : cell : cell;
                }
                int at = gate * cells + i;
                float sum = normalizes ? 0 : bias[at];
                sum += PRODUCT(input_weights + at * input_size, input_scales[gate], current, input_size, i, cells);
                sum += PRODUCT(recurrent_weights + at * output_size, recurrent_scales[gate], state, output_size, i, cells);
                if (peepholes >> gate & 1)
                    sum += peephole_weights[at] * cell_state[i];
                sums[i] = sum;
            }
            normalization by;
            if (normalizes)
            {
                barrier(CLK_LOCAL_MEM_FENCE);
                by = normalization_of(sums, cells);
                barrier(CLK_LOCAL_MEM_FENCE);
            }
            // The gates follow each other in TFLite's scratch tensor in the order input, cell, forget, output; when time-major, all batches are one vector.
            int slot = (gate == FORGET_GATE ? 2 : gate) - coupled, before = time_major ? batch * cells : 0;
            int count = time_major ? batches * cells : cells, offset = slot * batches * cells + (time_major ? 0 : batch * cells);
            for (int i = first; i < cells; i += stride)
            {
                int at = gate * cells + i;
                float sum = normalizes ? (sums[i] - by.mean) * by.inverse_deviation * normalization_weights[at] + bias[at] : sums[i];
                sums[i] = gate == CELL_GATE ? activated(sum) : logistic(sum, is_in_vector(before + i, count, offset));
            }
        }
        local float *hidden = gates + OUTPUT_GATE * cells;
        for (int i = first; i < cells; i += stride)
            hidden[i] *= activated(cell_state[i]);
        barrier(CLK_LOCAL_MEM_FENCE);
#if HYBRID
        if (projects)
            make_codes(hidden, cells, hidden_codes, &hidden_range);
#endif
        for (int i = first; i < output_size; i += stride)
        {
            float number = hidden[i];
            if (projects)
            {
                number = projection_bias[i] + PRODUCT(projection_weights + i * cells, projection_scale, hidden, cells, i, output_size);
                number = projection_clip > 0 ? number < -projection_clip ? -projection_clip : number > projection_clip ? projection_clip : number : number;
            }
            state[i] = number;
            output[row * output_size + i] = number;
        }
    }
    for (int i = first; i < output_size; i += stride)
        output_state[i] = state[i];
}
