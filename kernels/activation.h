// The activation that a recurrent operator applies to float32. -D ACTIVATION: NONE, RELU, RELU_6, TANH (vector_functions.h).

#include "vector_functions.h"

#if !defined ACTIVATION
#error "define ACTIVATION"
#endif
#define NONE 1
#define RELU 2
#define RELU_6 3
#define TANH 4

float activated(float x)
{
#if ACTIVATION == TANH
    return tanh_in_vectors(x);
#elif ACTIVATION == RELU_6
    return x < 0 ? 0 : x > 6 ? 6 : x;
#elif ACTIVATION == RELU
    return x > 0 || isnan(x) ? x : 0;
#else
    return x;
#endif
}
