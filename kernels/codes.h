// The codes that tensors consist of. `pattern` is the unsigned type of their bits, by which tables are indexed.
// -D UINT8, INT8 or INT16: their type. -D WIDTH=1 or 16: how many channels a work-item computes side by side.
// `ints`, `longs`, `floats` are WIDTH of each, so one text serves kernels of one channel and of sixteen.

#if defined UINT8 && !defined INT8 && !defined INT16
typedef uchar code;
typedef uchar pattern;
#define LOWEST_CODE 0
#define CODES(n) uchar##n
#define CONVERT_CODES(n) convert_uchar##n
#elif defined INT8 && !defined UINT8 && !defined INT16
typedef char code;
typedef uchar pattern;
#define LOWEST_CODE (-128)
#define CODES(n) char##n
#define CONVERT_CODES(n) convert_char##n
#elif defined INT16 && !defined UINT8 && !defined INT8
typedef short code;
typedef ushort pattern;
#define LOWEST_CODE (-32768)
#define CODES(n) short##n
#define CONVERT_CODES(n) convert_short##n
#else
#error "define one of UINT8, INT8, INT16"
#endif

#if !defined WIDTH
#error "define WIDTH: channels of one step, 1 or 16"
#elif WIDTH == 1
typedef int ints;
typedef long longs;
typedef float floats;
#define TO_INTS convert_int
#define TO_LONGS convert_long
#define TO_FLOATS convert_float
#define TO_INTS_RTE convert_int_rte
#define AS_INTS as_int
#define AS_UINTS as_uint
#define LOAD(array, index) (array)[index]
#define LANES 0
#elif WIDTH == 16
typedef int16 ints;
typedef long16 longs;
typedef float16 floats;
#define TO_INTS convert_int16
#define TO_LONGS convert_long16
#define TO_FLOATS convert_float16
#define TO_INTS_RTE convert_int16_rte
#define AS_INTS as_int16
#define AS_UINTS as_uint16
#define LOAD(array, index) vload16(0, (array) + (index))
#define LANES (int16)(0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
#else
#error "WIDTH must be 1 or 16"
#endif
