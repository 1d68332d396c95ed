// RANGE: a first number, and each further one the one before it plus an increment.
// -D: numbers.h.
// first, increment: one element each.
// Work-items: one; it goes through all `count` elements, since each sum of float32 is rounded.
// Exact: integers wrap; float32 needs a device with subnormals.

#include "numbers.h"

kernel void progression(global const number *restrict first, global const number *restrict increment, global number *restrict output, int count)
{
    number value = first[0];
    for (int i = 0; i < count; i++)
    {
        output[i] = value;
        value = (BITS)value + (BITS)increment[0];
    }
}
