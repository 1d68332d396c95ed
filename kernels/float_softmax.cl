// SOFTMAX on float32, over rows of `depth`.
// Work-items: one for each row; any work-group size.
// In the order of TFLite's reference kernel, every step rounded. Exponentials are within an ulp of the C library's, by functions.h; needs a device with float64, and float32
// that keeps to IEEE 754.

#include "functions.h"

kernel void float_softmax(global const float *restrict input, global float *restrict output, int depth, float beta)
{
    global const float *row = input + get_global_id(0) * depth;
    global float *result = output + get_global_id(0) * depth;
    float largest = -FLT_MAX, sum = 0;
    for (int i = 0; i < depth; i++)
        largest = largest < row[i] ? row[i] : largest;
    for (int i = 0; i < depth; i++)
    {
        float distance = row[i] - largest;
        float argument = distance * beta;
        result[i] = (float)exponential(argument);
        sum = sum + result[i];
    }
    for (int i = 0; i < depth; i++)
        result[i] = result[i] / sum;
}
