// L2_POOL_2D on float32.
// Layout: NHWC.
// bounds: the smallest and the largest result that the clamp lets through. by_reciprocal: a sum times 1 / n in place of a quotient, as the optimized kernel has it.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: squares of taps inside the image are added up row by row. Needs a device with subnormals and rounded quotients and roots.

#pragma OPENCL FP_CONTRACT OFF

kernel void l2_pool_2d(
    global const float *restrict input, global float *restrict output, global const float *restrict bounds, int by_reciprocal,
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
    {
        for (int column = column_start; column < column_end; column++)
        {
            float number = input[((batch * input_height + row) * input_width + column) * channels + channel];
            sum += number * number;
        }
    }
    float inside = (float)((row_end - row_start) * (column_end - column_start));
    float result = sqrt(by_reciprocal ? sum * (1.0f / inside) : sum / inside);
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
