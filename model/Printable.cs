using System.Globalization;
using System.Text;

namespace OffByN.Model;

/// <summary>Text out of a file that nobody vouches for, made fit for a terminal and a message.</summary>
public static class Printable
{
    /// <summary>
    /// <paramref name="text"/> with control, formatting and line-breaking characters written as <c>\u001B</c>, cut after
    /// <paramref name="limit"/> characters with an ellipsis in place of the rest.
    /// </summary>
    public static string Of(string text, int limit = 120)
    {
        StringBuilder shown = new();
        foreach (Rune rune in text.EnumerateRunes())
        {
            if (shown.Length >= limit)
                return shown.Append('…').ToString();
            if (Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator
                or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned)
                shown.Append(CultureInfo.InvariantCulture, $"\\u{rune.Value:X4}");
            else
                shown.Append(rune.ToString());
        }
        return shown.ToString();
    }
}
