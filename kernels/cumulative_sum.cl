// CUMSUM: each element is the sum of those before it along an axis, and of itself.
// Layout: tensors [outer][size][inner].
// -D: numbers.h.
// is_exclusive: without the element itself. is_reversed: of those after it, from the end on.
// Work-items: one for each [outer][inner]; any work-group size.
// Exact: integers wrap; float32 is added up in order, on a device with subnormals.

#include "numbers.h"

kernel void cumulative_sum(global const number *restrict input, global number *restrict output, int size, int inner, int is_exclusive, int is_reversed)
{
    int line = get_global_id(0);
    int start = line / inner * inner * size + line % inner;
    number total = 0;
    for (int i = 0; i < size; i++)
    {
        int at = start + (is_reversed ? size - 1 - i : i) * inner;
        number next = (BITS)total + (BITS)input[at];
        output[at] = is_exclusive ? total : next;
        total = next;
    }
}
