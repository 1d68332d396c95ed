// A row of weights times a vector, in TFLite's order on x86-64: whole groups of 4 side by side, then what is left one after the other; no fused multiply-adds.
// -D or #define VECTOR: the address space of vectors. LANES: how 4 sums become one: CROSSWISE (Eigen), IN_ORDER (TFLite's own vector kernels).

#pragma OPENCL FP_CONTRACT OFF

#if !defined VECTOR || !defined LANES
#error "define VECTOR and LANES"
#endif
#define CROSSWISE 1
#define IN_ORDER 2

float product_of_numbers(global const float *weights, VECTOR const float *vector, int count)
{
    float4 lanes = 0;
    int i = 0;
    for (; i <= count - 4; i += 4)
        lanes += vload4(0, weights + i) * vload4(0, vector + i);
#if LANES == CROSSWISE
    float sum = (lanes.x + lanes.z) + (lanes.y + lanes.w);
#else
    float sum = ((lanes.x + lanes.y) + lanes.z) + lanes.w;
#endif
    for (; i < count; i++)
        sum += weights[i] * vector[i];
    return sum;
}

// In whole blocks of 16 a weight is given the sign of the code, where -128 stays.
int product_of_codes(global const char *weights, VECTOR const char *codes, int count, int zero_point)
{
    int sum = 0, whole = count / 16 * 16;
    for (int i = 0; i < count; i++)
    {
        int is_stuck = weights[i] == -128 && codes[i] < 0 && i < whole;
        sum += weights[i] * ((is_stuck ? -codes[i] : codes[i]) - zero_point);
    }
    return sum;
}
