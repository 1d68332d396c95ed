// From the integer sum of a hybrid operator to a number: input codes by the scale of their row, weights by the scale of their channel.
// -D SCALING: ONE_BY_ONE, TOGETHER, IN_BLOCKS (ONE_BY_ONE in whole blocks of 4 channels), FUSED; as HybridScaling in arithmetic/Operators/HybridConvolution.cs.

#include "subnormals.h"

#pragma OPENCL FP_CONTRACT OFF

#if !defined SCALING
#error "define SCALING"
#endif
#define ONE_BY_ONE 1
#define TOGETHER 2
#define IN_BLOCKS 3
#define FUSED 4

// With the bias, between two bounds.
float scaled(int sum, float input, float weight, float bias, int is_in_block, global const float *bounds)
{
#if SCALING == FUSED
    float result = flushed(fma(flushed(sum * input), weight, flushed(bias)));
    if (isnan(result))
        return bounds[0];
#elif SCALING == TOGETHER
    float result = sum * (weight * input) + bias;
#elif SCALING == IN_BLOCKS
    float result = (is_in_block ? (sum * weight) * input : (sum * input) * weight) + bias;
#else
    float result = (sum * weight) * input + bias;
#endif
    return result < bounds[0] ? bounds[0] : result > bounds[1] ? bounds[1] : result;
}
