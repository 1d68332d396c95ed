// Numbers of float32 as int8 codes by the range of their row: number = scale * (code - zero point). The numbers are those of arithmetic/Operators/DynamicCodes.cs.
// -D RANGE: ASYMMETRIC (TFLite, a zero point), SYMMETRIC (TFLite, 0), SYMMETRIC_HALF_AWAY (TFLite, 0, no blocks), DELEGATED (XNNPACK, a zero point).
// Exact on finite numbers. Needs a device with subnormals; ASYMMETRIC needs float64.

#include "subnormals.h"

#pragma OPENCL FP_CONTRACT OFF

#if !defined RANGE
#error "define RANGE"
#endif
#define ASYMMETRIC 1
#define SYMMETRIC 2
#define DELEGATED 3
#define SYMMETRIC_HALF_AWAY 4

#define IS_SYMMETRIC (RANGE == SYMMETRIC || RANGE == SYMMETRIC_HALF_AWAY)

// The factor takes the place of a division by the scale.
typedef struct
{
    float scale, factor;
    int zero_point;
} code_range;

// Of a row whose numbers lie between the two.
code_range range_of(float least, float most)
{
    code_range found = {1, 0, 0};
#if IS_SYMMETRIC
    float range = fmax(fabs(least), fabs(most));
    if (range != 0)
    {
        found.scale = range / 127;
        found.factor = 127 / range;
    }
#elif RANGE == ASYMMETRIC
    least = fmin(least, 0.0f);
    most = fmax(most, 0.0f);
    if (least != most)
    {
        double step = (float)((double)most - (double)least) / 255.0, below = least / step, above = most / step;
        double nearest = 128 + fabs(below) < 127 + fabs(above) ? -128 - below : 127 - above;
        found.zero_point = (int)round(clamp(nearest, -128.0, 127.0));
        found.scale = (float)step;
        found.factor = (float)(1.0 / found.scale);
    }
#else
    least = flushed(fmin(least, 0.0f));
    most = flushed(fmax(most, 0.0f));
    found.factor = least == most ? 1 : flushed(255 / flushed(most - least));
    float below = flushed(least * found.factor), above = flushed(most * found.factor);
    float nearest = (-128 + below) + (127 + above) > 0 ? -128 - below : 127 - above;
    found.zero_point = convert_int_sat(rint(clamp(nearest, -128.0f, 127.0f)));
    found.scale = flushed(1 / found.factor);
#endif
    return found;
}

// TFLite adds a half in float32 in whole blocks of 8, and rounds half away in what remains, or everywhere: `whole` numbers of the row are in blocks.
// What no int32 holds becomes INT_MIN, as x86 converts.
char code_of(float x, int at, int whole, code_range range)
{
#if RANGE == DELEGATED
    float scaled = flushed(x) * range.factor;
    int code = convert_int_sat(rint(scaled < -32768 ? -32768.0f : scaled < 32767 ? scaled : 32767.0f));
#else
    float scaled = x * range.factor;
    int code = scaled >= 0x1p31f ? INT_MIN : RANGE != SYMMETRIC_HALF_AWAY && at < whole ? convert_int_sat(scaled + (scaled < 0 ? -0.5f : 0.5f)) : convert_int_sat(round(scaled));
#endif
    return (char)clamp((int)((uint)code + (uint)range.zero_point), IS_SYMMETRIC ? -127 : -128, 127);
}
