// L2_NORMALIZATION on float32, over rows of `depth`: each over a norm of at least 1e-6.
// Work-items: one for each row; any work-group size.
// Exact: the squares are summed in order; needs a device that rounds sums, products, quotients and square roots to nearest and has subnormals.

#pragma OPENCL FP_CONTRACT OFF

kernel void l2_normalization_numbers(global const float *restrict input, global float *restrict output, int depth)
{
    global const float *row = input + get_global_id(0) * depth;
    global float *result = output + get_global_id(0) * depth;
    float sum = 0;
    for (int i = 0; i < depth; i++)
    {
        float square = row[i] * row[i];
        sum = sum + square;
    }
    float length = fmax(sqrt(sum), 1e-6f);
    for (int i = 0; i < depth; i++)
        result[i] = row[i] / length;
}
