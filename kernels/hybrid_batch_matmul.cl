// BATCH_MATMUL of float32 with int8, on the codes that dynamic_codes made of each row of the left side: output [batch][rows][columns].
// left_starts, right_starts: the element at which each batch's matrix starts; code_starts, total_starts: of the matrices whose scales and zero points, and column sums, it takes.
// -D hybrid.h; RIGHT_TRANSPOSED=1: right matrices lie as [columns][depth].
// Work-items: one for each output element; any work-group size.
// Exact: TFLite takes the zero point's share off the sum in float32. Needs a device with subnormals.

#include "hybrid.h"

#if !defined RIGHT_TRANSPOSED
#error "define RIGHT_TRANSPOSED"
#endif

kernel void hybrid_batch_matmul(
    global const char *restrict codes, global const float *restrict code_scales, global const int *restrict code_zero_points, global const char *restrict right,
    global const float *restrict weight_scales, global float *restrict output, global const float *restrict bounds, global const int *restrict left_starts,
    global const int *restrict right_starts, global const int *restrict code_starts, global const int *restrict total_starts, int rows, int columns, int depth)
{
    int element = get_global_id(0);
    int column = element % columns, row = element / columns % rows, batch = element / columns / rows;
    global const char *a = codes + left_starts[batch] + row * depth, *b = right + right_starts[batch], *totalled = right + total_starts[batch];
    int sum = 0, total = 0, coded = code_starts[batch] / depth + row;
    for (int i = 0; i < depth; i++)
    {
        int place = RIGHT_TRANSPOSED ? column * depth + i : i * columns + column;
        sum += a[i] * b[place];
        total += totalled[place];
    }
#if SCALING == FUSED
    int centred = sum - total * code_zero_points[coded];
#else
    int centred = convert_int_sat(sum - total * (float)code_zero_points[coded]);
#endif
    output[element] = scaled(centred, code_scales[coded], weight_scales[column], 0, 0, bounds);
}
