using System.Buffers.Binary;
using System.IO.Compression;
using OffByN.Golden.Formats;
using OffByN.Model;

namespace OffByN.Golden.Inputs;

/// <summary>What must hold of a .png file before a decoder may have it: whole chunks with right checksums that unpack to what its size asks for.</summary>
internal static class PngStructure
{
    private const int SignatureBytes = 8;
    private const int ChunkOverhead = 12;

    /// <exception cref="UserErrorException">The file is damaged, or unpacks to more than its size asks for.</exception>
    public static void Require(ReadOnlySpan<byte> file)
    {
        using MemoryStream packed = new();
        long rowBytes = 0, rows = 0;
        for (int at = SignatureBytes; at < file.Length;)
        {
            if (file.Length - at < ChunkOverhead || BinaryPrimitives.ReadUInt32BigEndian(file[at..]) is var length && length > file.Length - at - ChunkOverhead)
                throw new UserErrorException($"offset {at}: expected a whole png chunk, found the end of the file");
            ReadOnlySpan<byte> typed = file.Slice(at + 4, 4 + (int)length), body = typed[4..];
            if (BinaryPrimitives.ReadUInt32BigEndian(file[(at + 8 + (int)length)..]) != Crc32.Of(typed))
                throw new UserErrorException($"offset {at}: the checksum of a png chunk is not that of its bytes; the file is damaged");
            if (typed.StartsWith("IHDR"u8) && length == 13)
            {
                (uint width, uint height) = (BinaryPrimitives.ReadUInt32BigEndian(body), BinaryPrimitives.ReadUInt32BigEndian(body[4..]));
                Image.RequireSize(width, height);
                (rowBytes, rows) = (width * 8L + 1, height);
            }
            else if (typed.StartsWith("IDAT"u8))
            {
                packed.Write(body);
            }
            at += ChunkOverhead + (int)length;
        }
        packed.Position = 0;
        RequireUnpacked(packed, rowBytes * rows);
    }

    /// <summary>
    /// No pixel takes more than 8 bytes, plus one a row; interlacing adds rows of its own, never more than that again.
    /// </summary>
    private static void RequireUnpacked(MemoryStream packed, long atMost)
    {
        using ZLibStream stream = new(packed, CompressionMode.Decompress);
        byte[] sink = new byte[1 << 16];
        long unpacked = 0;
        for (int count; (count = stream.Read(sink)) > 0;)
        {
            if ((unpacked += count) > 2 * atMost)
                throw new UserErrorException($"its {packed.Length} packed bytes unpack to more than its size asks for");
        }
    }
}
