// TRANSPOSE_CONV of float32: each output element gathers what the input positions add to it.
// Layout: input and output NHWC, weights OHWI, bias float32.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NHWC order; any work-group size.
// Exact: input positions row by row, then channels, product and sum rounded each, the bias last, as TFLite's reference kernel has it. Needs a device with subnormals.

#pragma OPENCL FP_CONTRACT OFF

kernel void float_transpose_conv(
    global const float *restrict input, global const float *restrict weights, global const float *restrict bias, global float *restrict output,
    global const float *restrict bounds, int input_height, int input_width, int input_channels, int output_height, int output_width, int output_channels,
    int kernel_height, int kernel_width, int stride_height, int stride_width, int pad_top, int pad_left)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int x = position % output_width, y = position / output_width % output_height, batch = position / output_width / output_height;
    float sum = 0;
    for (int tap_y = kernel_height - 1; tap_y >= 0; tap_y--)
    {
        int down = y + pad_top - tap_y, row = down / stride_height;
        if (down < 0 || down % stride_height != 0 || row >= input_height)
            continue;
        for (int tap_x = kernel_width - 1; tap_x >= 0; tap_x--)
        {
            int along = x + pad_left - tap_x, column = along / stride_width;
            if (along < 0 || along % stride_width != 0 || column >= input_width)
                continue;
            global const float *pixel = input + ((batch * input_height + row) * input_width + column) * input_channels;
            global const float *tap = weights + ((channel * kernel_height + tap_y) * kernel_width + tap_x) * input_channels;
            for (int i = 0; i < input_channels; i++)
                sum += pixel[i] * tap[i];
        }
    }
    float result = sum + bias[channel];
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
