using System.Collections.Immutable;
using System.Globalization;
using OffByN.Model;

namespace OffByN.Harness.Explanation;

/// <summary>An element as people write it: <c>0,12,33,5</c>, one index for each dimension.</summary>
public static class ElementIndex
{
    /// <exception cref="UserErrorException">The text is no list of whole numbers.</exception>
    public static ImmutableArray<int> Parse(string text)
    {
        string[] parts = text.Split(',');
        int[] indices = new int[parts.Length];
        for (int i = 0; i < parts.Length; i++)
        {
            if (!int.TryParse(parts[i], NumberStyles.AllowLeadingWhite | NumberStyles.AllowTrailingWhite, CultureInfo.InvariantCulture, out indices[i]))
                throw new UserErrorException($"an element is given by whole numbers separated by commas, such as 0,12,33,5; found '{Printable.Of(text)}'.");
        }
        return [.. indices];
    }
}
