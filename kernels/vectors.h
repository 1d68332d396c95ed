// Sixteen codes at any address, of which the first `count` exist. Needs codes.h with WIDTH=16.
// Stores go through a packed structure: some compilers take vstore16 apart into sixteen stores.

typedef struct __attribute__((packed)) { CODES(16) value; } packed_codes;
typedef struct __attribute__((packed)) { short16 value; } packed_shorts;
typedef struct __attribute__((packed)) { short8 value; } packed_shorts8;

int16 load_codes(global const code *codes, int count)
{
    if (count >= 16)
        return convert_int16(vload16(0, codes));
    code each[16] = {0};
    for (int i = 0; i < count; i++)
        each[i] = codes[i];
    return convert_int16(vload16(0, each));
}

void store_codes(global code *output, int16 values, int count)
{
    if (count >= 16)
    {
        ((global packed_codes *)output)->value = CONVERT_CODES(16)(values);
        return;
    }
    code each[16];
    vstore16(CONVERT_CODES(16)(values), 0, each);
    for (int i = 0; i < count; i++)
        output[i] = each[i];
}
