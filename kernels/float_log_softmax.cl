// LOG_SOFTMAX on float32, over rows of `depth`.
// Work-items: one for each row; any work-group size.
// In the order of TFLite's reference kernel, every step rounded. Exponentials and the logarithm are within an ulp of the C library's, by functions.h; needs a device with
// float64, and float32 that keeps to IEEE 754.

#include "functions.h"

kernel void float_log_softmax(global const float *restrict input, global float *restrict output, int depth)
{
    global const float *row = input + get_global_id(0) * depth;
    global float *result = output + get_global_id(0) * depth;
    float largest = -FLT_MAX, sum = 0;
    for (int i = 0; i < depth; i++)
        largest = largest < row[i] ? row[i] : largest;
    for (int i = 0; i < depth; i++)
    {
        float distance = row[i] - largest;
        sum = sum + (float)exponential(distance);
    }
    float log_sum = (float)logarithm(sum);
    for (int i = 0; i < depth; i++)
    {
        float distance = row[i] - largest;
        result[i] = distance - log_sum;
    }
}
