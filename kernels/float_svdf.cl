// SVDF on float32: input [batches, input_size], feature weights [filters, input_size] of float32 or int8, time weights [filters, memory], state [batches, filters, memory],
// output [batches, filters / rank]. The state is changed in place: the oldest slot of each filter goes, the newest comes last.
// -D HYBRID: 1: int8 weights times the codes that dynamic_codes made of each batch's input; 0: float32. ACTIVATION: activation.h.
// bias: nothing where has_bias is 0.
// Work-items: one for each output element, which alone has the state of its `rank` filters; any work-group size.
// Exact, in TFLite's order. Needs a device with subnormals.

#define VECTOR global
#define LANES IN_ORDER
#include "real_products.h"
#include "activation.h"

#if !defined HYBRID
#error "define HYBRID"
#endif

kernel void float_svdf(
#if HYBRID
    global const char *restrict codes, global const float *restrict code_scales, global const int *restrict code_zero_points, global const char *restrict weights,
    float weight_scale,
#else
    global const float *restrict input, global const float *restrict weights,
#endif
    global const float *restrict time_weights, global const float *restrict bias, global float *restrict state, global float *restrict output,
    int has_bias, int input_size, int filters, int rank, int memory)
{
    int units = filters / rank, batch = get_global_id(0) / units, unit = get_global_id(0) % units;
    float sum = 0;
    for (int filter = unit * rank; filter < (unit + 1) * rank; filter++)
    {
        global float *slots = state + (batch * filters + filter) * memory;
        for (int slot = 1; slot < memory; slot++)
            slots[slot - 1] = slots[slot];
#if HYBRID
        int product = product_of_codes(weights + filter * input_size, codes + batch * input_size, input_size, code_zero_points[batch]);
        slots[memory - 1] = product * (code_scales[batch] * weight_scale);
#else
        // From 0, which gives -0 no sign.
        slots[memory - 1] = 0 + product_of_numbers(weights + filter * input_size, input + batch * input_size, input_size);
#endif
        sum += product_of_numbers(time_weights + filter * memory, slots, memory);
    }
    output[get_global_id(0)] = activated(has_bias ? bias[unit] + sum : sum);
}
