// Rows of float32 as int8 codes by their own ranges.
// Layout: rows of row_length numbers lie `rows` to a matrix, their starts row_step apart and their numbers number_step; codes lie row after row.
// -D: dynamic_codes.h.
// Work-items: one for each row; any work-group size.
// Exact on finite numbers.

#include "dynamic_codes.h"

kernel void dynamic_codes(
    global const float *restrict input, global char *restrict codes, global float *restrict code_scales, global int *restrict code_zero_points,
    int row_length, int rows, int row_step, int number_step)
{
    int row = get_global_id(0);
    global const float *numbers = input + row / rows * rows * row_length + row % rows * row_step;
    global char *coded = codes + row * row_length;
    float least = INFINITY, most = -INFINITY;
    for (int i = 0; i < row_length; i++)
    {
        least = fmin(least, numbers[i * number_step]);
        most = fmax(most, numbers[i * number_step]);
    }
    code_range range = range_of(least, most);
    for (int i = 0; i < row_length; i++)
        coded[i] = code_of(numbers[i * number_step], i, row_length / 8 * 8, range);
    code_scales[row] = range.scale;
    code_zero_points[row] = range.zero_point;
}
