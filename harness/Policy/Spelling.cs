namespace OffByN.Harness.Policy;

/// <summary>How far words are from one another.</summary>
internal static class Spelling
{
    /// <summary>Letters to insert, delete or change, case aside. Only the first 64 of each word count.</summary>
    public static int Distance(string one, string other)
    {
        const int Most = 64;
        ReadOnlySpan<char> a = one.AsSpan(0, Math.Min(one.Length, Most)), b = other.AsSpan(0, Math.Min(other.Length, Most));
        Span<int> row = stackalloc int[Most + 1];
        for (int j = 0; j <= b.Length; j++)
            row[j] = j;
        for (int i = 1; i <= a.Length; i++)
        {
            (int diagonal, row[0]) = (row[0], i);
            for (int j = 1; j <= b.Length; j++)
            {
                int changed = diagonal + (char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]) ? 0 : 1);
                (diagonal, row[j]) = (row[j], Math.Min(changed, Math.Min(row[j], row[j - 1]) + 1));
            }
        }
        return row[b.Length];
    }
}
