namespace OffByN.Harness.Policy;

/// <summary>A name in which <c>*</c> stands for any characters, slashes too; upper and lower case are the same.</summary>
public sealed record NamePattern(string Text)
{
    public bool Matches(string name)
    {
        // On a mismatch the last star takes one character more: no pattern needs more than length x length steps.
        int at = 0, pattern = 0, star = -1, starAt = 0;
        while (at < name.Length)
        {
            if (pattern < Text.Length && Text[pattern] == '*')
                (star, starAt) = (pattern++, at);
            else if (pattern < Text.Length && char.ToUpperInvariant(Text[pattern]) == char.ToUpperInvariant(name[at]))
                (pattern, at) = (pattern + 1, at + 1);
            else if (star >= 0)
                (pattern, at) = (star + 1, ++starAt);
            else
                return false;
        }
        return Text.AsSpan(pattern).IndexOfAnyExcept('*') < 0;
    }
}
