// (acc * multiplier / 2^31) >> shift: nothing rounds. TFLite rounds in both steps. `exponent` is TFLite's: a right shift is negative.
int requantize(int acc, int multiplier, int exponent)
{
    return (int)((long)acc * multiplier / (1L << 31)) >> -exponent;
}
