// MEAN and SUM on codes: the sum of the codes, less a constant, requantized, divided half away from zero, plus the last zero point; or, with LINE,
// f32{f32{f32{sum / divisor} * factor} + constant}, rounded, plus the zero point.
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
#define RESULT_PARAMETERS float factor, float constant_term, int output_zero_point, int low, int high, int wraps
#else
#include "requantize.h"
#define RESULT_PARAMETERS REQUANTIZATION_PARAMETERS
#endif

kernel void code_sum(
    global const code *restrict input, global code *restrict output, global const int *restrict kept, int kept_rank,
    global const int *restrict reduced, int reduced_rank, int count, int subtracted, int channels, RESULT_PARAMETERS,
    int divisor, int last_zero_point, int last_low, int last_high)
{
    int element = get_global_id(0);
    int start = meeting(element, 0, 1, kept, kept_rank);
    int sum = as_int(0u - (uint)subtracted);
    for (int i = 0; i < count; i++)
        sum = wrapping_add(sum, input[start + meeting(i, 0, 1, reduced, reduced_rank)]);
#if defined LINE
    float product = (float)sum / divisor * factor;
    float moved = product + constant_term;
    int rounded = convert_int_sat(LINE == HALF_AWAY ? round(moved) : rint(moved));
    int result = add_sat(rounded, output_zero_point);
    output[element] = wraps ? (code)result : CONVERT_CODES()(min(max(result, low), high));
#else
    long result = requantize(sum, scaling_of(element % channels, REQUANTIZATION_ARGUMENTS));
    result = (result < 0 ? result - divisor / 2 : result + divisor / 2) / divisor + last_zero_point;
    output[element] = CONVERT_CODES()((int)min(max(result, (long)last_low), (long)last_high));
#endif
}
