// LOG_SOFTMAX on 8-bit codes, over rows of `depth`; output scale 1/16, zero point at the highest code. TFLite's fixed-point kernel.
// -D: codes.h (WIDTH=1).
// Fk: k integer bits. differences[row maximum - code]: the difference times the input's scale, F5; exponentials: its exponential, F12; made by the host.
// largest_difference: codes farther below the maximum become the lowest code. reverse_multiplier, reverse_shift: from F5 to differences.
// Work-items: one for each row; any work-group size.

#include "codes.h"
#include "fixed_point.h"

#define SUM_BITS 12
#define LOG_BITS 6
#define OUTPUT_SHIFT 22

int log_power(int bits, int quarter)
{
    return add_sat(shift_left(bits, 31 - LOG_BITS), quarter);
}

// log(x) for x of at least 1 in F12, as F5: two normalizations of x, a quarter of an octave apart, and a quotient of polynomials in the better of them.
int log_at_least_one(int x)
{
    const int log2 = 1488522236, fourth_root_of_half = 1805811301, root_of_half = 1518500250, quarter = 1 << (31 - LOG_BITS - 2);
    int zeros_a = clz(x);
    int a = shift_left(high_multiply(shift_left(x, zeros_a - 1), root_of_half), 1);
    int headroom_b = (int)clz(high_multiply(x, root_of_half)) - 1;
    int b = shift_left(x, headroom_b);
    int power = max(log_power(SUM_BITS - zeros_a, quarter), log_power(SUM_BITS - headroom_b, -quarter));

    int r = min(a, b);
    int p = (int)(((long)r + fourth_root_of_half + 1) / 2);
    int q = as_int(2u * as_uint(r - fourth_root_of_half));
    int square = high_multiply(q, q);
    int numerator = wrapping_add(high_multiply(q, r), high_multiply(high_multiply(q, square), 117049297));
    int denominator = wrapping_add(
        high_multiply(p, wrapping_add(wrapping_add(1057819769, q), high_multiply(127690142, square))), high_multiply(638450708, q));
    int logarithm = wrapping_add(high_multiply(power, log2), high_multiply(shift_right(numerator, LOG_BITS, 1), one_over_one_plus(denominator)));
    return shift_left(logarithm, 1);
}

kernel void log_softmax(
    global const code *restrict input, global code *restrict output, global const int *restrict differences, global const int *restrict exponentials,
    int largest_difference, int reverse_multiplier, int reverse_shift, int depth)
{
    global const code *row = input + get_global_id(0) * depth;
    global code *result = output + get_global_id(0) * depth;
    int maximum = row[0];
    for (int i = 1; i < depth; i++)
        maximum = max(maximum, (int)row[i]);
    int sum = 0;
    for (int i = 0; i < depth; i++)
        sum += exponentials[maximum - row[i]];
    int logarithm = log_at_least_one(sum);
    int smallest = max(-largest_difference - 1, multiply_rounding_twice(wrapping_add(logarithm, INT_MIN), reverse_multiplier, reverse_shift, 1));
    int highest = LOWEST_CODE + 255;
    for (int i = 0; i < depth; i++)
    {
        int difference = maximum - row[i];
        int share = shift_right(wrapping_add(differences[difference], -logarithm), OUTPUT_SHIFT, 1) + highest;
        result[i] = CONVERT_CODES()(-difference <= smallest ? LOWEST_CODE : clamp(share, LOWEST_CODE, highest));
    }
}
