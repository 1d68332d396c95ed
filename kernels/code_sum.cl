// MEAN and SUM on codes: the sum of the codes, less a constant, requantized; or, with LINE, f32{f32{sum * factor} + constant}, rounded, plus the zero point.
// -D: codes.h (WIDTH=1); LINE=HALF_AWAY or HALF_EVEN, or requantize.h, whose channels are positions of the output's last axis.
// kept, reduced: as in reduction.cl.
// Work-items: one for each output element, row-major; any work-group size.
// Exact: int32 sum that wraps.

#include "codes.h"
#include "fixed_point.h"
#include "broadcast.h"

#if defined LINE
#define HALF_AWAY 1
#define HALF_EVEN 3
#pragma OPENCL FP_CONTRACT OFF
#define RESULT_PARAMETERS float factor, float constant_term, int output_zero_point, int low, int high
#else
#include "requantize.h"
#define RESULT_PARAMETERS REQUANTIZATION_PARAMETERS
#endif

kernel void code_sum(
    global const code *restrict input, global code *restrict output, global const int *restrict kept, int kept_rank,
    global const int *restrict reduced, int reduced_rank, int count, int subtracted, int channels, RESULT_PARAMETERS)
{
    int element = get_global_id(0);
    int start = meeting(element, 0, 1, kept, kept_rank);
    int sum = as_int(0u - (uint)subtracted);
    for (int i = 0; i < count; i++)
        sum = wrapping_add(sum, input[start + meeting(i, 0, 1, reduced, reduced_rank)]);
#if defined LINE
    float product = (float)sum * factor;
    float moved = product + constant_term;
    int rounded = convert_int_sat(LINE == HALF_AWAY ? round(moved) : rint(moved));
    output[element] = CONVERT_CODES()(min(max(add_sat(rounded, output_zero_point), low), high));
#else
    output[element] = CONVERT_CODES()(requantize(sum, scaling_of(element % channels, REQUANTIZATION_ARGUMENTS)));
#endif
}
