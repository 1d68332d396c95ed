// What the question's code did: the multiplier went through a float, which keeps 24 of its 31 bits (1992157658 becomes 1992157696); the float product was
// cast to int, which truncates; only the shift rounds, half up. `exponent` is TFLite's: a right shift is negative.
int requantize(int acc, int multiplier, int exponent)
{
    int right = -exponent;
    int high = (int)((float)acc * ((float)multiplier / 2147483648.0f));
    return right > 0 ? (high + (1 << (right - 1))) >> right : high;
}
