// Numbers as they are, without quantization.
// -D NUMBER: their type. -D BITS: the unsigned type of the same size, in which integers wrap; float for float.

#if !defined NUMBER || !defined BITS
#error "define NUMBER and BITS"
#endif

#pragma OPENCL FP_CONTRACT OFF

typedef NUMBER number;
