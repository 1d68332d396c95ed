// Subnormal float32 numbers, which some runtimes read as 0 and give as 0.

// 0 of the same sign in place of a subnormal number; any other is itself.
float flushed(float x)
{
    return fabs(x) < 0x1p-126f ? copysign(0.0f, x) : x;
}

// A number as the runtime reads and gives it. -D FLUSHES=1: without subnormal numbers; 0: with them.
#ifdef FLUSHES
#if FLUSHES
#define READ(x) flushed(x)
#else
#define READ(x) (x)
#endif
#endif
