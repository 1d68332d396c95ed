// DIV on codes: the reciprocal of the divisor in fixed point, then two high multiplies.
// -D: codes.h (WIDTH=1).
// multiplier, shift: first scale / (second scale * output scale).
// Work-items: one for each output element, row-major; any work-group size.
// Exact: as TFLite's kernel on x86, also where it shifts too far; a divisor of zero gives zero.

#include "codes.h"
#include "fixed_point.h"
#include "broadcast.h"

int quotient(int dividend, int divisor, int multiplier, int exponent)
{
    if (divisor < 0)
    {
        dividend = -dividend;
        divisor = -divisor;
    }
    if (divisor == 0)
        return 0;
    int bits = clz(divisor), headroom = (int)clz(dividend < 0 ? ~dividend : dividend) - 1;
    int reciprocal = one_over_one_plus(as_int(((uint)divisor << bits) - 0x80000000u));
    int scaled = high_multiply(high_multiply(dividend << headroom, reciprocal), multiplier);
    int right = 31 - bits + headroom - exponent;
    return right <= 31 ? shift_right(scaled, max(right, 0), 1) : (scaled >> (right & 31)) + (scaled >= 0 ? 1 : 0);
}

kernel void division(
    global const code *restrict first, global const code *restrict second, global code *restrict output, int first_zero_point, int second_zero_point,
    int multiplier, int shift, int output_zero_point, int low, int high, global const int *restrict axes, int rank)
{
    int element = get_global_id(0);
    int dividend = first[meeting(element, 0, 2, axes, rank)] - first_zero_point, divisor = second[meeting(element, 1, 2, axes, rank)] - second_zero_point;
    int result = wrapping_add(quotient(dividend, divisor, multiplier, shift), output_zero_point);
    output[element] = CONVERT_CODES()(min(max(result, low), high));
}
