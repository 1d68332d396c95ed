// AVERAGE_POOL_2D on codes; input and output share scale and zero point, which play no part.
// Layout: NHWC. -D: codes.h (WIDTH=1); COUNT_INSIDE_ONLY=1 divides by the taps inside the image, 0 by all taps of the window.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: the quotient of codes rounds half away from code zero, then clamps.

#include "codes.h"

#if !defined COUNT_INSIDE_ONLY
#error "define COUNT_INSIDE_ONLY"
#endif

kernel void average_pool_2d(
    global const code *restrict input, global code *restrict output, int low, int high,
    int input_height, int input_width, int channels, int output_height, int output_width,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int top = y * stride_height - pad_top, left = x * stride_width - pad_left;
    int row_end = min(top + kernel_height, input_height), column_end = min(left + kernel_width, input_width);
    int row_start = max(top, 0), column_start = max(left, 0);
    int sum = 0;
    for (int row = row_start; row < row_end; row++)
        for (int column = column_start; column < column_end; column++)
            sum += input[((batch * input_height + row) * input_width + column) * channels + channel];
    int count = COUNT_INSIDE_ONLY ? (row_end - row_start) * (column_end - column_start) : kernel_height * kernel_width;
    int average = (sum < 0 ? sum - count / 2 : sum + count / 2) / count;
    output[element] = CONVERT_CODES()(min(max(average, low), high));
}
