// DEQUANTIZE of float16: each number as a float32.
// Work-items: one for each output element; any work-group size.
// Exact on integers, without the device's float16: an exponent gets another bias, a subnormal number becomes a normal one, infinity and NaN keep their bits.

kernel void halves(global const half *restrict input, global float *restrict output)
{
    int element = get_global_id(0);
    uint half_bits = ((global const ushort *)input)[element], magnitude = half_bits & 0x7fffu, sign = (half_bits & 0x8000u) << 16;
    uint bits = magnitude >= 0x7c00u ? 0x7f800000u | magnitude << 13
        : magnitude >= 0x400u ? (magnitude << 13) + (112u << 23)
        : as_uint((float)magnitude * 0x1p-24f);
    output[element] = as_float(sign | bits);
}
