// FULLY_CONNECTED of float32 with int4 weights that are packed 7 higher, on the codes that dynamic_codes made of each row of the input: output [rows][columns].
// Layout: codes [rows][depth], weights [columns][depth] of 0 to 15; one scale and bias a column.
// bounds: the smallest and the largest result that the clamp lets through.
// Work-items: one for each output element; any work-group size.
// Exact: what was added to the weights is taken off in float32. Needs a device with subnormals.

#pragma OPENCL FP_CONTRACT OFF

kernel void packed_int4(
    global const char *restrict codes, global const float *restrict code_scales, global const uchar *restrict weights, global const float *restrict weight_scales,
    global const float *restrict bias, global float *restrict output, global const float *restrict bounds, int columns, int depth)
{
    int element = get_global_id(0);
    int column = element % columns, row = element / columns;
    int sum = 0, total = 0;
    for (int i = 0; i < depth; i++)
    {
        int code = codes[row * depth + i];
        sum += code * weights[column * depth + i];
        total += code;
    }
    float input = code_scales[row], weight = weight_scales[column];
    float begun = ((-7 * total) * input) * weight + bias[column];
    float result = begun + (sum * input) * weight;
    output[element] = result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
