namespace OffByN.Golden.Formats;

/// <summary>The checksum of zip and png (reflected polynomial 0xEDB88320), eight bytes a step.</summary>
internal static class Crc32
{
    private static readonly uint[][] Tables = MakeTables();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        for (; data.Length >= 8; data = data[8..])
        {
            uint low = crc ^ BitConverter.ToUInt32(data);
            crc = Tables[7][low & 0xFF] ^ Tables[6][(low >> 8) & 0xFF] ^ Tables[5][(low >> 16) & 0xFF] ^ Tables[4][low >> 24]
                ^ Tables[3][data[4]] ^ Tables[2][data[5]] ^ Tables[1][data[6]] ^ Tables[0][data[7]];
        }
        foreach (byte value in data)
            crc = Tables[0][(crc ^ value) & 0xFF] ^ (crc >> 8);
        return ~crc;
    }

    /// <summary>Table k: the remainder of a byte that k more zero bytes follow.</summary>
    private static uint[][] MakeTables()
    {
        uint[][] tables = [.. Enumerable.Range(0, 8).Select(_ => new uint[256])];
        for (uint value = 0; value < 256; value++)
        {
            uint crc = value;
            for (int bit = 0; bit < 8; bit++)
                crc = (crc & 1) == 0 ? crc >> 1 : (crc >> 1) ^ 0xEDB88320;
            tables[0][value] = crc;
        }
        for (int k = 1; k < 8; k++)
        {
            for (int value = 0; value < 256; value++)
                tables[k][value] = tables[0][tables[k - 1][value] & 0xFF] ^ (tables[k - 1][value] >> 8);
        }
        return tables;
    }
}
