// BATCH_MATMUL of float32: output [batch][rows][columns] = left [rows][depth] * right [depth][columns].
// left_starts, right_starts: the element at which each batch's matrix starts.
// -D LEFT_TRANSPOSED=1: left matrices lie as [depth][rows]; RIGHT_TRANSPOSED=1: right ones as [columns][depth]; real_terms.h.
// Work-items: one for each output element; any work-group size.
// Exact: one product after the other, as TFLite's reference kernel and XNNPACK have them.

#include "real_terms.h"

#if !defined LEFT_TRANSPOSED || !defined RIGHT_TRANSPOSED
#error "define LEFT_TRANSPOSED and RIGHT_TRANSPOSED"
#endif

kernel void float_batch_matmul(
    global const float *restrict left, global const float *restrict right, global float *restrict output, global const int *restrict left_starts,
    global const int *restrict right_starts, int rows, int columns, int depth)
{
    int element = get_global_id(0);
    int column = element % columns, row = element / columns % rows, batch = element / columns / rows;
    global const float *a = left + left_starts[batch], *b = right + right_starts[batch];
    float sum = 0;
    for (int i = 0; i < depth; i++)
        sum = ADDED(sum, a[LEFT_TRANSPOSED ? i * rows + row : row * depth + i], b[RIGHT_TRANSPOSED ? column * depth + i : i * columns + column]);
    output[element] = sum;
}
