// PRELU on codes: from its zero point on an input is rescaled, below it its product with the slope.
// -D: codes.h (WIDTH=1), of input and output; requantize.h, whose channel 0 serves inputs, channel 1 products.
// input_terms, slope_terms: code - zero point, at the code's bit pattern.
// Work-items: one for each output element, row-major; any work-group size.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"
#include "broadcast.h"

kernel void prelu(
    global const code *restrict input, global const uchar *restrict slopes, global code *restrict output,
    global const int *restrict input_terms, global const int *restrict slope_terms, global const int *restrict axes, int rank, REQUANTIZATION_PARAMETERS)
{
    int element = get_global_id(0);
    int x = input_terms[(pattern)input[meeting(element, 0, 2, axes, rank)]];
    int slope = slope_terms[slopes[meeting(element, 1, 2, axes, rank)]];
    output[element] = CONVERT_CODES()(
        x >= 0 ? requantize(x, scaling_of(0, REQUANTIZATION_ARGUMENTS)) : requantize(x * slope, scaling_of(1, REQUANTIZATION_ARGUMENTS)));
}
