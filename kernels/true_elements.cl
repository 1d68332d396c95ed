// WHERE: the coordinates of the elements that are not 0, row-major, one row each.
// Layout: output [rows][rank].
// -D: numbers.h.
// axes: [rank][2] integers: the size of an axis, the elements between its positions.
// Work-items: a single one, since each row begins behind those before it.
// Exact; float32 needs a device with subnormals. Rows beyond the elements are 0.

#include "numbers.h"

kernel void true_elements(global const number *restrict input, global long *restrict output, global const int *restrict axes, int rank, int elements, int rows)
{
    int row = 0;
    for (int i = 0; i < elements && row < rows; i++)
    {
        if (input[i] == 0)
            continue;
        for (int axis = 0; axis < rank; axis++)
            output[row * rank + axis] = i / axes[axis * 2 + 1] % axes[axis * 2];
        row++;
    }
    for (int i = row * rank; i < rows * rank; i++)
        output[i] = 0;
}
