using System.Collections.Immutable;
using System.Text;
using OffByN.Model;

namespace OffByN.Harness.Candidates;

/// <summary>A program and its arguments in one text, as in <c>command:python3 run.py "my model"</c>. No shell sees them: nothing is expanded.</summary>
public static class Words
{
    /// <summary>Words between spaces; single or double quotes hold one together.</summary>
    /// <exception cref="UserErrorException">A quote is not closed.</exception>
    public static ImmutableArray<string> Split(string text)
    {
        ImmutableArray<string>.Builder words = ImmutableArray.CreateBuilder<string>();
        StringBuilder? word = null;
        char? quote = null;
        foreach (char character in text)
        {
            if (character == quote)
                quote = null;
            else if (quote is null && character is '\'' or '"')
                (quote, word) = (character, word ?? new());
            else if (quote is null && char.IsWhiteSpace(character))
                (words, word) = (Ended(words, word), null);
            else
                (word ??= new()).Append(character);
        }
        return quote is null ? Ended(words, word).ToImmutable() : throw new UserErrorException($"'{Printable.Of(text)}': the quote {quote} is not closed.");
    }

    /// <summary>The program as a path, or as a name that a folder of PATH has; null where there is no such file.</summary>
    public static string? FindProgram(string name) => name.Contains('/', StringComparison.Ordinal)
        ? Path.GetFullPath(name) is var whole && File.Exists(whole) ? whole : null
        : (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, name)).FirstOrDefault(File.Exists);

    private static ImmutableArray<string>.Builder Ended(ImmutableArray<string>.Builder words, StringBuilder? word)
    {
        if (word is not null)
            words.Add(word.ToString());
        return words;
    }
}
