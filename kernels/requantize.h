// From accumulators to codes: the one place where that rounding is written in OpenCL C, as arithmetic/Requantization.cs is in C#.
// Needs codes.h and fixed_point.h.
//
// -D PRODUCT, ROUNDING, TAIL_ROUNDING: how accumulator and factor are multiplied, and how the result is rounded in channels below
// tail_start and from there on. Formulas: TFLite's MultiplyByQuantizedMultiplier in its variants, XNNPACK's fp32 requantization.
//
//   HIGH_MULTIPLY  HALF_AWAY  two roundings: reference kernels
//   HIGH_MULTIPLY  HALF_UP    two roundings: ruy and the NEON-style kernels on x86
//   WHOLE          HALF_UP    one rounding of the 64-bit product: single-rounding builds
//   MANTISSA_16    HALF_UP    one rounding of a 64-bit accumulator times a 16-bit mantissa: int16 activations; WIDTH 1 only
//   FLOAT32        HALF_EVEN  f32{(float)acc * scale}, one more rounding: XNNPACK on x86
//   FLOAT32_WRAPPING HALF_EVEN  the same, but below INT_MIN with a negative zero point the highest int8 code: XNNPACK's matrix products with AVX-512; WIDTH 1 only
//   FLOAT64        HALF_AWAY  f64{acc * factor}, one more rounding: reference FULLY_CONNECTED; WIDTH 1 only
//
// REQUANTIZATION_PARAMETERS declares the kernel arguments that scaling_of() needs, REQUANTIZATION_ARGUMENTS passes them on.

#define HIGH_MULTIPLY 1
#define WHOLE 2
#define FLOAT32 3
#define FLOAT64 4
#define MANTISSA_16 5
#define FLOAT32_WRAPPING 6
#define HALF_AWAY 1
#define HALF_UP 2
#define HALF_EVEN 3

#if !defined PRODUCT || !defined ROUNDING || !defined TAIL_ROUNDING
#error "define PRODUCT, ROUNDING and TAIL_ROUNDING"
#elif PRODUCT == HIGH_MULTIPLY && (ROUNDING == HALF_AWAY || ROUNDING == HALF_UP) && (TAIL_ROUNDING == HALF_AWAY || TAIL_ROUNDING == HALF_UP)
#elif PRODUCT == WHOLE && ROUNDING == HALF_UP && TAIL_ROUNDING == HALF_UP
#elif PRODUCT == FLOAT32 && ROUNDING == HALF_EVEN && TAIL_ROUNDING == HALF_EVEN
#elif PRODUCT == FLOAT32_WRAPPING && ROUNDING == HALF_EVEN && TAIL_ROUNDING == HALF_EVEN && WIDTH == 1
#elif PRODUCT == MANTISSA_16 && ROUNDING == HALF_UP && TAIL_ROUNDING == HALF_UP && WIDTH == 1
#elif PRODUCT == FLOAT64 && ROUNDING == HALF_AWAY && TAIL_ROUNDING == HALF_AWAY && WIDTH == 1
#else
#error "this PRODUCT, ROUNDING, TAIL_ROUNDING and WIDTH are not implemented together"
#endif

#if PRODUCT == FLOAT32 || PRODUCT == FLOAT32_WRAPPING
#define FACTOR_PARAMETERS global const float *restrict scale
#define FACTOR_ARGUMENTS scale
#elif PRODUCT == FLOAT64
#define FACTOR_PARAMETERS global const ulong *restrict factor_mantissa, global const int *restrict factor_exponent
#define FACTOR_ARGUMENTS factor_mantissa, factor_exponent
#else
#define FACTOR_PARAMETERS global const int *restrict multiplier, global const int *restrict shift
#define FACTOR_ARGUMENTS multiplier, shift
#endif

#define REQUANTIZATION_PARAMETERS FACTOR_PARAMETERS, int output_zero_point, int low, int high, int tail_start
#define REQUANTIZATION_ARGUMENTS FACTOR_ARGUMENTS, output_zero_point, low, high, tail_start

#pragma OPENCL FP_CONTRACT OFF

// What is requantized.
#if PRODUCT == MANTISSA_16
typedef long accumulators;
#else
typedef ints accumulators;
#endif

#if PRODUCT == FLOAT64
// f64{accumulator * mantissa * 2^exponent}, rounded half away from zero, on integers alone: the 85-bit product is rounded to 53 bits as a
// double multiplication rounds (to even), then to an integer; INT_MIN where no int holds it. The mantissa is less than 2^53.
int round_product(int accumulator, ulong mantissa, int exponent)
{
    ulong magnitude = abs(accumulator);
    ulong lower = magnitude * mantissa, upper = mul_hi(magnitude, mantissa);
    int bits = upper != 0 ? 128 - (int)clz(upper) : 64 - (int)clz(lower);
    int drop = max(bits - 53, 0);
    ulong significand = lower;
    if (drop > 0)
    {
        significand = (lower >> drop) | (upper << (64 - drop));
        ulong rest = lower & ((1UL << drop) - 1), middle = 1UL << (drop - 1);
        significand += rest > middle || (rest == middle && (significand & 1)) ? 1 : 0;
    }
    int right = -(exponent + drop);
    ulong rounded = right > 54 ? 0
        : right > 0 ? (significand + (1UL << (right - 1))) >> right
        : significand == 0 ? 0
        : significand > INT_MAX || right < -31 ? 0x80000000UL
        : significand << -right;
    return rounded > INT_MAX ? INT_MIN : accumulator < 0 ? -(int)rounded : (int)rounded;
}
#endif

// What WIDTH channels are requantized with. Loaded once for any number of accumulators of the same channels.
typedef struct
{
#if PRODUCT == FLOAT32 || PRODUCT == FLOAT32_WRAPPING
    floats scale;
#elif PRODUCT == FLOAT64
    ulong factor_mantissa;
    int factor_exponent;
#else
    ints multiplier, exponent, away;
#endif
    int zero_point, low, high;
} scaling;

scaling scaling_of(int channel, REQUANTIZATION_PARAMETERS)
{
    scaling s;
#if PRODUCT == FLOAT32 || PRODUCT == FLOAT32_WRAPPING
    s.scale = LOAD(scale, channel);
#elif PRODUCT == FLOAT64
    s.factor_mantissa = factor_mantissa[channel];
    s.factor_exponent = factor_exponent[channel];
#else
    s.multiplier = LOAD(multiplier, channel);
    s.exponent = LOAD(shift, channel);
    ints body = ((channel + LANES - tail_start) >> 31) & 1;
    s.away = (TAIL_ROUNDING == HALF_AWAY) + body * ((ROUNDING == HALF_AWAY) - (TAIL_ROUNDING == HALF_AWAY));
#endif
    s.zero_point = output_zero_point;
    s.low = low;
    s.high = high;
    return s;
}

#if PRODUCT == HIGH_MULTIPLY || PRODUCT == WHOLE || PRODUCT == MANTISSA_16
// Accumulators in units of the output's scale, before zero point and clamp.
ints rescale(accumulators accumulator, scaling s)
{
#if PRODUCT == MANTISSA_16
    int mantissa = s.multiplier < 0x7fff0000 ? (s.multiplier + 0x8000) >> 16 : 0x7fff, right = 15 - s.exponent;
    long product = as_long(as_ulong(accumulator) * (ulong)mantissa);
    return (int)(right <= 0 ? product << -right : (product >> right) + ((product >> (right - 1)) & 1));
#elif PRODUCT == WHOLE
    longs right = TO_LONGS(max(31 - s.exponent, 0)), left = TO_LONGS(max(s.exponent - 31, 0));
    longs one = 1;
    longs product = (TO_LONGS(accumulator) * TO_LONGS(s.multiplier)) << left;
    return TO_INTS((product + ((one << right) >> 1)) >> right);
#else
    return multiply_rounding_twice(accumulator, s.multiplier, s.exponent, s.away);
#endif
}
#endif

// The codes of accumulators, as integers. The zero point is added with int32's wrap (integer products) or saturated (floating-point ones);
// then the low clamp, then the high clamp.
ints requantize(accumulators accumulator, scaling s)
{
#if PRODUCT == FLOAT32 || PRODUCT == FLOAT32_WRAPPING
    // Clamping first gives the same, since the bounds are integers, and keeps the conversion in range.
    floats product = TO_FLOATS(accumulator) * s.scale;
#if PRODUCT == FLOAT32_WRAPPING
    // What converts to INT_MIN, -2^31 itself among it; the zero point is negative.
    if (product <= -0x1p31f)
        return 127;
#endif
    product = fmin(fmax(product, (float)(s.low - s.zero_point)), (float)(s.high - s.zero_point));
    return TO_INTS_RTE(product) + s.zero_point;
#elif PRODUCT == FLOAT64
    int rounded = round_product(accumulator, s.factor_mantissa, s.factor_exponent);
    return min(max(wrapping_add(rounded, s.zero_point), s.low), s.high);
#else
    return min(max(wrapping_add(rescale(accumulator, s), s.zero_point), (ints)s.low), (ints)s.high);
#endif
}
