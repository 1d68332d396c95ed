using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>
/// What stands before the data of a .npy file: magic, version, and a Python dictionary with the element type, the order and the shape.
/// <see cref="Length"/> is the bytes before the data, <see cref="DataBytes"/> the bytes that must follow.
/// </summary>
internal sealed record NpyHeader(TensorType Type, bool IsBigEndian, bool IsFortranOrder, Shape Shape, int Length)
{
    /// <summary>Longest header that is read; that of an array with 64 dimensions is shorter than 2000 bytes.</summary>
    public const int MaxBytes = 65_536;

    private static readonly (string Name, TensorType Type)[] Types =
    [
        ("b1", TensorType.Bool), ("u1", TensorType.UInt8), ("i1", TensorType.Int8), ("u2", TensorType.UInt16), ("i2", TensorType.Int16),
        ("u4", TensorType.UInt32), ("i4", TensorType.Int32), ("u8", TensorType.UInt64), ("i8", TensorType.Int64),
        ("f2", TensorType.Float16), ("f4", TensorType.Float32), ("f8", TensorType.Float64),
    ];

    private static ReadOnlySpan<byte> Magic => "NUMPY"u8;

    public long DataBytes => Type.Bytes(Shape.Elements);

    /// <exception cref="FormatException">These are not the first bytes of a .npy file, or of one that is not modelled.</exception>
    public static NpyHeader Parse(ReadOnlySpan<byte> file)
    {
        if (file.Length < 10 || file[0] != 0x93 || !file[1..6].SequenceEqual(Magic))
            throw new FormatException("offset 0: expected the magic \\x93NUMPY");
        (byte major, byte minor) = (file[6], file[7]);
        if (major is < 1 or > 3 || minor != 0)
            throw new FormatException($"offset 6: expected version 1.0, 2.0 or 3.0, found {major}.{minor}");
        int start = major == 1 ? 10 : 12;
        if (file.Length < start)
            throw new FormatException($"offset 8: expected the length of the header, the file ends at {file.Length}");
        uint length = major == 1 ? BinaryPrimitives.ReadUInt16LittleEndian(file[8..]) : BinaryPrimitives.ReadUInt32LittleEndian(file[8..]);
        if (length > MaxBytes || length > file.Length - start)
            throw new FormatException($"offset 8: a header of {length} bytes exceeds the file of {file.Length} bytes or the limit of {MaxBytes}");
        return new Dictionary(Encoding.UTF8.GetString(file.Slice(start, (int)length)), start).Read(start + (int)length);
    }

    /// <summary>The header that numpy writes for <paramref name="value"/>, little endian and row-major.</summary>
    /// <exception cref="ArgumentException">The type has no name in the format.</exception>
    public static byte[] Format(TensorValue value)
    {
        string name = NameOf(value.Type)
            ?? throw new ArgumentException($".npy has no name for {value.Type.Lower()}; write safetensors instead");
        string[] dimensions = [.. value.Shape.Select(d => d.ToString(CultureInfo.InvariantCulture))];
        string shape = dimensions.Length == 1 ? $"({dimensions[0]},)" : $"({string.Join(", ", dimensions)})";
        string dictionary = $"{{'descr': '{(name.EndsWith('1') ? '|' : '<')}{name}', 'fortran_order': False, 'shape': {shape}, }}";
        // numpy leaves room for the first dimension to grow to 21 digits, then fills up to a multiple of 64 bytes.
        int unpadded = 10 + dictionary.Length + (dimensions.Length == 0 ? 0 : 21 - dimensions[0].Length) + 1;
        byte[] header = new byte[(unpadded + 63) / 64 * 64];
        header.AsSpan().Fill((byte)' ');
        header[0] = 0x93;
        Magic.CopyTo(header.AsSpan(1));
        (header[6], header[7], header[^1]) = (1, 0, (byte)'\n');
        BinaryPrimitives.WriteUInt16LittleEndian(header.AsSpan(8), checked((ushort)(header.Length - 10)));
        Encoding.ASCII.GetBytes(dictionary, header.AsSpan(10));
        return header;
    }

    /// <summary>The format's name of a type, less the order of bytes; null without one. int4 is held one code a byte, and read back as int8.</summary>
    public static string? NameOf(TensorType type) => Types.FirstOrDefault(known => known.Type == (type == TensorType.Int4 ? TensorType.Int8 : type)).Name;

    /// <summary>Reads exactly the three entries <c>descr</c>, <c>fortran_order</c> and <c>shape</c>, in any order; nothing is evaluated.</summary>
    private ref struct Dictionary(string text, int fileOffset)
    {
        private int at;

        public NpyHeader Read(int length)
        {
            string? descr = null;
            bool? fortranOrder = null;
            Shape? shape = null;
            Expect('{');
            while (!Accept('}'))
            {
                int place = at;
                string key = Quoted();
                Expect(':');
                switch (key)
                {
                    case "descr" when descr is null:
                        descr = Quoted();
                        break;
                    case "fortran_order" when fortranOrder is null:
                        fortranOrder = Boolean();
                        break;
                    case "shape" when shape is null:
                        shape = Tuple();
                        break;
                    default:
                        throw Error(place, $"expected each of descr, fortran_order and shape once, found '{key}'");
                }
                if (!Accept(','))
                {
                    Expect('}');
                    break;
                }
            }
            if (!string.IsNullOrWhiteSpace(text[at..]))
                throw Error(at, "expected nothing after the dictionary");
            if (descr is null || fortranOrder is null || shape is null)
                throw Error(at, "expected the entries descr, fortran_order and shape");
            (TensorType type, bool bigEndian) = ElementType(descr);
            return new NpyHeader(type, bigEndian, fortranOrder.Value, shape, length);
        }

        private readonly (TensorType Type, bool IsBigEndian) ElementType(string descr)
        {
            foreach ((string name, TensorType type) in Types)
            {
                if (descr.Length == 3 && descr.EndsWith(name, StringComparison.Ordinal)
                    && (type.Bits() == 8 ? "|<>=" : "<>=").Contains(descr[0], StringComparison.Ordinal))
                    return (type, descr[0] == '>');
            }
            throw Error(0, $"expected an element type of {string.Join(", ", Types.Select(known => known.Name))}, found '{descr}'");
        }

        private string Quoted()
        {
            SkipSpace();
            int start = at + 1;
            if (at >= text.Length || text[at] is not ('\'' or '"'))
                throw Error(at, "expected a quoted string (structured element types are not read)");
            int end = text.IndexOf(text[at], start);
            if (end < 0)
                throw Error(at, "expected the end of the quoted string");
            at = end + 1;
            return text[start..end];
        }

        private bool Boolean()
        {
            SkipSpace();
            foreach ((string word, bool value) in new[] { ("True", true), ("False", false) })
            {
                if (text.AsSpan(at).StartsWith(word, StringComparison.Ordinal))
                {
                    at += word.Length;
                    return value;
                }
            }
            throw Error(at, "expected True or False");
        }

        private Shape Tuple()
        {
            List<int> dimensions = [];
            Expect('(');
            int place = at;
            while (!Accept(')'))
            {
                dimensions.Add(Number());
                if (!Accept(','))
                {
                    Expect(')');
                    break;
                }
            }
            if (dimensions.Count > 64)
                throw Error(place, $"expected at most 64 dimensions, found {dimensions.Count}");
            try
            {
                return [.. dimensions];
            }
            catch (ArgumentException e)
            {
                throw Error(place, e.Message);
            }
        }

        private int Number()
        {
            SkipSpace();
            int start = at;
            while (at < text.Length && char.IsAsciiDigit(text[at]))
                at++;
            if (!int.TryParse(text.AsSpan(start, at - start), NumberStyles.None, CultureInfo.InvariantCulture, out int value))
                throw Error(start, "expected a dimension of 0 to 2147483647");
            // Python 2 wrote long integers with an L.
            if (at < text.Length && text[at] == 'L')
                at++;
            return value;
        }

        private void Expect(char character)
        {
            if (!Accept(character))
                throw Error(at, $"expected '{character}'");
        }

        private bool Accept(char character)
        {
            SkipSpace();
            if (at >= text.Length || text[at] != character)
                return false;
            at++;
            return true;
        }

        private void SkipSpace()
        {
            while (at < text.Length && text[at] is ' ' or '\n' or '\t')
                at++;
        }

        private readonly FormatException Error(int place, string message) => new($"header, offset {fileOffset + place}: {message}");
    }
}
