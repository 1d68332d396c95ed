// BATCH_MATMUL on codes: output [batch][rows][columns] = left [rows][depth] * right [depth][columns].
// left_starts, right_starts: the element at which each batch's matrix starts.
// -D: codes.h (WIDTH=1), requantize.h; RIGHT: type of the right codes (char where the left ones are short); LEFT_TRANSPOSED=1: left matrices lie as [depth][rows]; RIGHT_TRANSPOSED=1: right ones as [columns][depth].
// Work-items: one for each output element; any work-group size.
// Exact: int64 accumulator, of which the requantization takes the lower 32 bits unless it is MANTISSA_16.

#include "codes.h"
#include "fixed_point.h"
#include "requantize.h"

#if !defined RIGHT || !defined LEFT_TRANSPOSED || !defined RIGHT_TRANSPOSED
#error "define RIGHT, LEFT_TRANSPOSED and RIGHT_TRANSPOSED"
#endif

kernel void batch_matmul(
    global const code *restrict left, global const RIGHT *restrict right, global code *restrict output, global const int *restrict left_starts,
    global const int *restrict right_starts, int rows, int columns, int depth, int left_zero_point, int right_zero_point, REQUANTIZATION_PARAMETERS)
{
    int element = get_global_id(0);
    int column = element % columns, row = element / columns % rows, batch = element / columns / rows;
    global const code *a = left + left_starts[batch];
    global const RIGHT *b = right + right_starts[batch];
    long sum = 0;
    for (int i = 0; i < depth; i++)
    {
        sum += (long)(a[LEFT_TRANSPOSED ? i * rows + row : row * depth + i] - left_zero_point)
            * (b[RIGHT_TRANSPOSED ? column * depth + i : i * columns + column] - right_zero_point);
    }
    output[element] = CONVERT_CODES()(requantize((accumulators)sum, scaling_of(0, REQUANTIZATION_ARGUMENTS)));
}
