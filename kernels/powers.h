// Powers of a whole exponent, 1 at least, as TFLite multiplies them. Needs numbers.h.
// SATURATES: 1: a product that overflows is the largest finite number, of float32; 0: it wraps.

#if !defined SATURATES
#error "define SATURATES"
#endif

number product(number x, number y)
{
#if SATURATES
    number result = x * y;
    return isinf(result) ? copysign(FLT_MAX, result) : result;
#else
    return (BITS)x * (BITS)y;
#endif
}

// By squaring: the power of the bits of the exponent read so far, squared, and times x where the next bit is set.
number power_of_products(number x, uint exponent)
{
    number result = x;
    for (int bit = 30 - clz(exponent); bit >= 0; bit--)
    {
        result = product(result, result);
        result = (exponent >> bit & 1) != 0 ? product(x, result) : result;
    }
    return result;
}
