using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.Exploration;

/// <summary>The views of the terminal as pages: the same text, with links and a form for a guess.</summary>
/// <param name="exploration">What is shown.</param>
/// <param name="root">What every path begins with.</param>
internal sealed class ExplorationPages(Exploration exploration, string root)
{
    private const int Width = 140;

    private static readonly Html Style = Html.Raw("""
        :root { color-scheme: light dark; }
        body { font: 1rem/1.5 system-ui, sans-serif; margin: 1rem auto; padding: 0 1rem; max-width: 75rem; }
        pre { font: 0.85rem/1.3 ui-monospace, monospace; overflow-x: auto; padding: 0.5rem 0; }
        nav, form { display: flex; flex-wrap: wrap; gap: 0.5rem 1rem; margin: 0.5rem 0; align-items: baseline; }
        .differs { color: light-dark(#b00020, #ff8a80); font-weight: bold; }
        input { font: inherit; }
        """);

    /// <summary>The page at a path, and its status.</summary>
    /// <param name="path">After the root: nothing, <c>layers</c>, <c>layer/3</c>, <c>layer/3/element</c>.</param>
    /// <param name="guess">What if; empty for none.</param>
    /// <param name="at">The element; empty for the worst.</param>
    public (int Status, string Body) Of(string[] path, string guess, string at)
    {
        try
        {
            string? whatIf = guess.Trim().Length == 0 ? null : guess;
            return path switch
            {
                [] => (200, Page("frontier", View(console => ExplorationViews.Frontier(exploration, console)), Operators())),
                ["layers"] => (200, Page("layers", View(console => ExplorationViews.Layers(exploration, console)), Operators())),
                ["layer", var number] when LayerOf(number) is { } layer => (200, Page(
                    Sentences.Operator(layer), View(console => ExplorationViews.Layer(exploration, layer, whatIf, console)), Html.Of($"{Guess(layer, "", guess, null)}{Around(layer)}"))),
                ["layer", var number, "element"] when LayerOf(number) is { } layer => (200, Page(
                    $"{Sentences.Operator(layer)}, an element",
                    View(console => ExplorationViews.Element(exploration, layer, at.Length == 0 ? null : ElementIndex.Parse(at), whatIf, withTaps: false, console)),
                    Html.Of($"{Guess(layer, "/element", guess, at)}{Around(layer)}"))),
                _ => (404, Page("not found", Html.Of($"<p>There is no such page.</p>"), Html.None)),
            };
        }
        catch (UserErrorException error)
        {
            return (400, Page("that cannot be shown", Html.Of($"<p>{error.Message}</p>"), Html.None));
        }
    }

    private LayerComparison? LayerOf(string number) =>
        int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? exploration[new LayerIndex(index)] : null;

    private string Page(string title, Html content, Html more) => Html.Of($"""
        <!DOCTYPE html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <link rel="icon" href="data:,">
        <title>{title}</title>
        <style>{Style}</style>
        </head>
        <body>
        <nav><a href="{root}/">frontier</a> <a href="{root}/layers">all operators</a></nav>
        <h1>{title}</h1>
        {content}
        {more}
        </body>
        </html>

        """).ToString();

    /// <summary>The text of a view, line by line; what differs is marked as on the terminal.</summary>
    private static Html View(Action<IAnsiConsole> write)
    {
        using StringWriter text = new();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(text),
        });
        console.Profile.Width = Width;
        console.Profile.Capabilities.Unicode = true;
        write(console);
        ImmutableArray<string> lines = [.. text.ToString().ReplaceLineEndings("\n").TrimEnd().Split('\n').Select(line => line.TrimEnd())];
        return Html.Of($"<pre>{lines.Select(line => line.TrimStart().StartsWith("> ", StringComparison.Ordinal) ? Html.Of($"<span class=\"differs\">{line}</span>\n") : Html.Of($"{line}\n"))}</pre>");
    }

    private Html Operators() => Html.Of($"<nav>{exploration.Run.Layers.Where(layer => layer.Verdict != LayerVerdict.Equal && layer.Output == 0).Select(layer => Html.Of($"<a href=\"{root}/layer/{layer.Layer}\">{Sentences.Operator(layer)}</a> "))}</nav>");

    private Html Around(LayerComparison layer) => Html.Of($"""
        <nav><a href="{root}/layer/{layer.Layer}">the operator</a> <a href="{root}/layer/{layer.Layer}/element">its worst element</a>
        {(exploration.After(layer.Layer) is { } next ? Html.Of($"<a href=\"{root}/layer/{next.Layer}\">next: {Sentences.Operator(next)}</a>") : Html.None)}</nav>
        """);

    private Html Guess(LayerComparison layer, string page, string guess, string? at) => Html.Of($"""
        <form action="{root}/layer/{layer.Layer}{page}" method="get">
        {(at is null ? Html.None : Html.Of($"<label>element <input name=\"at\" value=\"{at}\" placeholder=\"0,12,33,5\"></label>"))}
        <label>what if <input name="if" value="{guess}" placeholder="shift = 6, or half-even"></label>
        <button>show</button>
        </form>
        """);
}
