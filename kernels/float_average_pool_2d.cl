// AVERAGE_POOL_2D on float32.
// Layout: NHWC.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: taps inside the image row by row, then one quotient, as TFLite's own kernels have it. Needs a device with subnormals and rounded quotients.

#pragma OPENCL FP_CONTRACT OFF

kernel void float_average_pool_2d(
    global const float *restrict input, global float *restrict output, global const float *restrict bounds,
    int input_height, int input_width, int channels, int output_height, int output_width,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % channels, position = element / channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    int top = y * stride_height - pad_top, left = x * stride_width - pad_left;
    int row_end = min(top + kernel_height, input_height), column_end = min(left + kernel_width, input_width);
    int row_start = max(top, 0), column_start = max(left, 0);
    float sum = 0;
    for (int row = row_start; row < row_end; row++)
        for (int column = column_start; column < column_end; column++)
            sum += input[((batch * input_height + row) * input_width + column) * channels + channel];
    float average = sum / (float)((row_end - row_start) * (column_end - column_start));
    output[element] = average < bounds[0] ? bounds[0] : average > bounds[1] ? bounds[1] : average;
}
