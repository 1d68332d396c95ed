// SCATTER_ND: runs of elements added to zeros where indices say, in the order of the indices.
// Layout: indices [count][axes], updates [count][run]; the output holds zeros before.
// -D: numbers.h; IS_BOOL=1: "or" in place of sums; 0: sums.
// axes: [rank][2] integers: the size of an axis that is indexed, the elements between its positions.
// Work-items: one for each position in a run, which goes through all of them: no two write the same element; any work-group size.
// Exact: integers wrap; float32 needs a device with subnormals; runs whose indices are out of range are left out.

#include "numbers.h"

#if !defined IS_BOOL
#error "define IS_BOOL"
#endif

kernel void scatter(
    global const int *restrict indices, global const number *restrict updates, global number *restrict output, int count, int run,
    global const int *restrict axes, int rank)
{
    int position = get_global_id(0);
    for (int row = 0; row < count; row++)
    {
        int to = position;
        bool is_inside = true;
        for (int axis = 0; axis < rank; axis++)
        {
            int index = indices[row * rank + axis];
            is_inside = is_inside && index >= 0 && index < axes[axis * 2];
            to += is_inside ? index * axes[axis * 2 + 1] : 0;
        }
        if (!is_inside)
            continue;
        number update = updates[row * run + position];
#if IS_BOOL
        output[to] = max(output[to], update);
#else
        output[to] = (BITS)output[to] + (BITS)update;
#endif
    }
}
