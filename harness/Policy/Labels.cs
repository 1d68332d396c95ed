using System.Collections.Immutable;
using System.Globalization;
using OffByN.Model;

namespace OffByN.Harness.Policy;

/// <summary>The right class of each input: a file with a whole number a line, in the order of the inputs.</summary>
public static class Labels
{
    private const int MaxBytes = 16 << 20;

    /// <exception cref="UserErrorException">The file cannot be read, a line is no class, or there are not as many as inputs.</exception>
    public static ImmutableArray<int> Read(string path, int inputs)
    {
        string[] lines;
        try
        {
            if (new FileInfo(path) is not { Exists: true, Length: <= MaxBytes })
                throw new UserErrorException($"{path}: expected a file of labels, at most {MaxBytes} bytes.");
            lines = [.. File.ReadAllLines(path).Select(line => line.Trim())];
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: cannot be read: {error.Message}", error);
        }
        ImmutableArray<int>.Builder labels = ImmutableArray.CreateBuilder<int>();
        foreach ((int index, string line) in lines.Index().Where(line => line.Item.Length > 0))
        {
            labels.Add(int.TryParse(line, NumberStyles.None, CultureInfo.InvariantCulture, out int label)
                ? label
                : throw new UserErrorException($"{path}, line {index + 1}: expected a class, a whole number from 0, found '{Printable.Of(line)}'."));
        }
        return labels.Count == inputs
            ? labels.ToImmutable()
            : throw new UserErrorException($"{path}: expected a label for each of {inputs} inputs, found {labels.Count}.");
    }
}
