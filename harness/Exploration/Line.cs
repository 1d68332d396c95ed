using System.Collections.Immutable;
using Spectre.Console;

namespace OffByN.Harness.Exploration;

/// <summary>What a line is, beyond its words; colour only repeats it.</summary>
public enum Tone
{
    Plain,
    Strong,
    Quiet,

    /// <summary>What differs by itself.</summary>
    Bad,

    /// <summary>What is inherited, or nearly fits.</summary>
    Doubtful,

    /// <summary>What is equal, or explains everything.</summary>
    Good,
}

/// <summary>A line of a view. Views make lines out of records; whoever shows them decides on colours.</summary>
public readonly record struct Line(string Text, Tone Tone = Tone.Plain)
{
    public static readonly Line Empty = new("");
}

/// <summary>Showing lines.</summary>
public static class Lines
{
    /// <summary>Longer lines are broken by the console.</summary>
    public static void Write(this IAnsiConsole console, ImmutableArray<Line> lines)
    {
        foreach (Line line in lines)
        {
            console.Write(new Text(line.Text, StyleOf(line.Tone)));
            console.WriteLine();
        }
    }

    private static Style StyleOf(Tone tone) => tone switch
    {
        Tone.Strong => new Style(decoration: Decoration.Bold),
        Tone.Quiet => new Style(decoration: Decoration.Dim),
        Tone.Bad => new Style(Color.Red),
        Tone.Doubtful => new Style(Color.Yellow),
        Tone.Good => new Style(Color.Green),
        _ => Style.Plain,
    };
}
