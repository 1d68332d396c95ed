// CAST: numbers of one type to another, as C converts them on the machines that TFLite runs on.
// -D FROM, TO: the types; CONVERT: KEEP_BITS between integers, ROUND to float32, SATURATE or WRAP from float32 to integers, TEST to bool; LARGEST: the largest value of TO.
// Work-items: one for each output element; any work-group size.
// Exact: integers keep their lower bits; integers round half to even; bool is other than 0; float32 is truncated, and then
//   SATURATE: saturated; NaN becomes the largest integer
//   WRAP: the lowest integer of int, or of long where that is TO, where that does not hold it; narrower types keep the lower bits of the int

#define KEEP_BITS 1
#define ROUND 2
#define SATURATE 3
#define TEST 4
#define WRAP 5

#if !defined FROM || !defined TO || !defined CONVERT || !defined LARGEST
#error "define FROM, TO, CONVERT and LARGEST"
#endif

#define JOIN(a, b, c) a##b##c
#define CONVERSION(type, mode) JOIN(convert_, type, mode)

typedef FROM from;
typedef TO to;

kernel void cast(global const from *restrict input, global to *restrict output)
{
    int element = get_global_id(0);
    from x = input[element];
#if CONVERT == KEEP_BITS
    output[element] = (to)x;
#elif CONVERT == ROUND
    output[element] = CONVERSION(TO, _rte)(x);
#elif CONVERT == SATURATE
    output[element] = isnan(x) ? (to)LARGEST : CONVERSION(TO, _sat_rtz)(x);
#elif CONVERT == WRAP && LARGEST == LONG_MAX
    output[element] = x >= -0x1p63f && x < 0x1p63f ? (long)x : LONG_MIN;
#elif CONVERT == WRAP
    output[element] = (to)(x >= -0x1p31f && x < 0x1p31f ? (int)x : INT_MIN);
#else
    output[element] = x != 0;
#endif
}
