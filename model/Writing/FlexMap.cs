using System.Buffers.Binary;
using System.Text;

namespace OffByN.Model.Writing;

/// <summary>FlexBuffers, the options of custom operators: a map whose every part is 4 bytes wide.</summary>
public static class FlexMap
{
    /// <param name="entries">Values are int, float or bool.</param>
    public static byte[] Write(Dictionary<string, object> entries)
    {
        KeyValuePair<string, object>[] sorted = [.. entries.OrderBy(entry => entry.Key, StringComparer.Ordinal)];
        List<byte> bytes = [];
        int[] keys = [.. sorted.Select(entry => Append(Encoding.UTF8.GetBytes(entry.Key + "\0")))];
        bytes.AddRange(new byte[(4 - bytes.Count % 4) % 4]);
        Word(sorted.Length);
        int vector = bytes.Count;
        foreach (int key in keys)
            Word(bytes.Count - key);
        Word(bytes.Count - vector);
        Word(4);
        Word(sorted.Length);
        int map = bytes.Count;
        foreach ((_, object value) in sorted)
            Word(value is float real ? BitConverter.SingleToInt32Bits(real) : Convert.ToInt32(value, null));
        foreach ((_, object value) in sorted)
            bytes.Add((byte)((value switch { float => 3, bool => 26, _ => 1 } << 2) | 2));
        bytes.AddRange(new byte[(4 - bytes.Count % 4) % 4]);
        Word(bytes.Count - map);
        bytes.AddRange([(9 << 2) | 2, 4]);
        return [.. bytes];

        int Append(byte[] some)
        {
            int at = bytes.Count;
            bytes.AddRange(some);
            return at;
        }

        void Word(int value)
        {
            byte[] word = new byte[4];
            BinaryPrimitives.WriteInt32LittleEndian(word, value);
            bytes.AddRange(word);
        }
    }
}
