using OffByN.Model;
using OffByN.Reference.Oracles;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary>Something that the program needs of the machine: what is there, or how to get it.</summary>
/// <param name="Need">Its name, as short as an option.</param>
/// <param name="IsHere">Whether it can be used.</param>
/// <param name="Text">What was found; where it cannot be used, why not and what to do.</param>
internal sealed record Finding(string Need, bool IsHere, string Text)
{
    public static Finding Of(OracleListing listing) => listing.Runtime is { } runtime
        ? new($"oracle {listing.Name}", true, string.Join(", ",
            $"{runtime.Runtime} {runtime.Version}",
            $"flavours {string.Join(' ', listing.Flavours).ToLowerInvariant()}",
            runtime.Host is { Length: > 0 } host ? $"in {host}" : "without Python",
            $"library sha256 {runtime.LibrarySha256[..12]}",
            listing.From))
        : new($"oracle {listing.Name}", false, listing.Missing!);

    public void Print(IAnsiConsole console)
    {
        console.Write(IsHere ? new Text("ok       ", new Style(Color.Green)) : new Text("missing  ", new Style(Color.Red)));
        console.WriteLine(Printable.Of($"{Need}: {Text}", int.MaxValue));
    }
}
