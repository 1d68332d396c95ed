// CONV_3D of float32.
// Layout: input and output NDHWC; filter DHWIO.
// axes: for depth, height and width: sizes of input, output and kernel, stride, dilation, padding in front.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element, in NDHWC order; any work-group size.
// Exact: taps in their order, then channels, product and sum rounded each, the bias last, as TFLite's reference kernel has it. Needs a device with subnormals.

#pragma OPENCL FP_CONTRACT OFF

#define INPUT(axis) axes[(axis) * 6]
#define OUTPUT(axis) axes[(axis) * 6 + 1]
#define KERNEL(axis) axes[(axis) * 6 + 2]
#define AT(axis, position, tap) ((position) * axes[(axis) * 6 + 3] + (tap) * axes[(axis) * 6 + 4] - axes[(axis) * 6 + 5])

kernel void float_conv_3d(
    global const float *restrict input, global const float *restrict filter, global const float *restrict bias, global float *restrict output,
    global const float *restrict bounds, global const int *restrict axes, int input_channels, int output_channels)
{
    int element = get_global_id(0);
    int channel = element % output_channels, position = element / output_channels;
    int column = position % OUTPUT(2), row = position / OUTPUT(2) % OUTPUT(1), plane = position / OUTPUT(2) / OUTPUT(1) % OUTPUT(0);
    int batch = position / OUTPUT(2) / OUTPUT(1) / OUTPUT(0), taps = KERNEL(0) * KERNEL(1) * KERNEL(2);
    float sum = 0;
    for (int tap = 0; tap < taps; tap++)
    {
        int z = AT(0, plane, tap / KERNEL(2) / KERNEL(1)), y = AT(1, row, tap / KERNEL(2) % KERNEL(1)), x = AT(2, column, tap % KERNEL(2));
        if (z < 0 || z >= INPUT(0) || y < 0 || y >= INPUT(1) || x < 0 || x >= INPUT(2))
            continue;
        global const float *pixel = input + (((batch * INPUT(0) + z) * INPUT(1) + y) * INPUT(2) + x) * input_channels;
        for (int i = 0; i < input_channels; i++)
            sum += pixel[i] * filter[(tap * input_channels + i) * output_channels + channel];
    }
    float result = sum + bias[channel];
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
