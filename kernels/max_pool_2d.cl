// MAX_POOL_2D on codes as they are, or on float32.
// Layout: NHWC. -D NUMBER: type of the elements.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: what lies outside the image plays no part; float32 needs a device with subnormals.

#if !defined NUMBER
#error "define NUMBER"
#endif

typedef NUMBER number;

kernel void max_pool_2d(
    global const number *restrict input, global number *restrict output, global const number *restrict bounds,
    int input_height, int input_width, int channels, int output_height, int output_width,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int top = y * stride_height - pad_top, left = x * stride_width - pad_left;
    int row_end = min(top + kernel_height, input_height), column_end = min(left + kernel_width, input_width);
    number largest = bounds[0];
    for (int row = max(top, 0); row < row_end; row++)
    {
        for (int column = max(left, 0); column < column_end; column++)
        {
            number candidate = input[((batch * input_height + row) * input_width + column) * channels + channel];
            largest = largest < candidate ? candidate : largest;
        }
    }
    output[element] = largest > bounds[1] ? bounds[1] : largest;
}
