// REDUCE_PROD on codes: the first code less its zero point, times each following one and the factor, rounded every time; at the end times the factor once more.
// -D: codes.h (WIDTH=1), requantize.h (MANTISSA_16).
// kept, reduced: as in reduction.cl.
// Work-items: one for each output element, row-major; any work-group size.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "broadcast.h"

kernel void code_product(
    global const code *restrict input, global code *restrict output, global const int *restrict kept, int kept_rank,
    global const int *restrict reduced, int reduced_rank, int count, int input_zero_point, REQUANTIZATION_PARAMETERS)
{
    int element = get_global_id(0);
    int start = meeting(element, 0, 1, kept, kept_rank);
    scaling s = scaling_of(0, REQUANTIZATION_ARGUMENTS);
    int product = 0;
    for (int i = 0; i < count; i++)
    {
        int centred = input[start + meeting(i, 0, 1, reduced, reduced_rank)] - input_zero_point;
        product = i == 0 ? centred : rescale((accumulators)((long)product * centred), s);
    }
    output[element] = CONVERT_CODES()(requantize(product, s));
}
