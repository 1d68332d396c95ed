// The product in float32, cast to int: the cast truncates, TFLite rounds. `exponent` is TFLite's: a right shift is negative.
int requantize(int acc, int multiplier, int exponent)
{
    return (int)((float)acc * ldexp((float)multiplier, exponent - 31));
}
