using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.Exploration;

/// <summary>The interactive side: reads a word or two, shows a view, until it is told to end. It decides where one is; the views decide what is seen there.</summary>
public sealed class ExplorationPrompt(Exploration exploration, IAnsiConsole console)
{
    private const string Help = """
        Enter           deeper: the frontier, its first operator, the worst element, the next operator
        frontier        the operators that differ by themselves
        layers          choose an operator from all of them
        layer N         an operator: by how much, in which channels, where
        element i,j,k,c one element, step by step; without an index the worst
        taps            the same with every product of the sum
        if GUESS        what a guess would explain: if half-even, if shift = 6
        next            the next operator that differs by itself
        quit
        """;

    private LayerComparison? layer;
    private ImmutableArray<int>? element;
    private bool isAtElement;

    /// <summary>Ends with <c>quit</c>, or when it is cancelled.</summary>
    public async Task RunAsync(CancellationToken cancel)
    {
        ExplorationViews.Frontier(exploration, console);
        console.Write([new("Enter goes deeper, help lists the words, quit ends", Tone.Quiet)]);
        while (true)
        {
            string said = (await new TextPrompt<string>($"{Where()}>").AllowEmpty().ShowAsync(console, cancel).ConfigureAwait(false)).Trim();
            string[] words = said.Split((char[])[' ', '\t'], 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            (string word, string rest) = (words.ElementAtOrDefault(0) ?? "", words.ElementAtOrDefault(1) ?? "");
            if (word is "quit" or "q" or "exit")
                return;
            try
            {
                await ShowAsync(word, rest, cancel).ConfigureAwait(false);
            }
            catch (UserErrorException error)
            {
                console.Write([new(error.Message, Tone.Doubtful)]);
            }
        }
    }

    private string Where() => layer is null ? "frontier" : Markup.Escape($"operator {layer.Layer}{(isAtElement ? element is { } index ? $" [{string.Join(',', index)}]" : " worst element" : "")}");

    private async Task ShowAsync(string word, string rest, CancellationToken cancel)
    {
        switch (word)
        {
            case "" when layer is null:
                GoTo(exploration.First);
                break;
            case "" when !isAtElement:
            case "element" or "e":
                GoToElement(rest.Length == 0 ? null : ElementIndex.Parse(rest), withTaps: false);
                break;
            case "taps":
                GoToElement(element, withTaps: true);
                break;
            case "" or "next" or "n":
                GoTo(layer is null ? exploration.First : exploration.After(layer.Layer));
                break;
            case "frontier" or "f":
                layer = null;
                ExplorationViews.Frontier(exploration, console);
                break;
            case "layers":
                GoTo(await ChooseAsync(cancel).ConfigureAwait(false));
                break;
            case "layer" or "l":
                GoTo(int.TryParse(rest, NumberStyles.None, CultureInfo.InvariantCulture, out int index) ? exploration[new LayerIndex(index)]
                    : throw new UserErrorException("layer expects the position of an operator: layer 3"));
                break;
            case "if" or "what" or "try":
                Guess(rest.StartsWith("if ", StringComparison.Ordinal) ? rest[3..] : rest);
                break;
            default:
                console.Write([.. Help.ReplaceLineEndings("\n").Split('\n').Select(line => new Line(line))]);
                break;
        }
    }

    private void GoTo(LayerComparison? next)
    {
        layer = next ?? throw new UserErrorException("there is no such operator");
        (element, isAtElement) = (null, false);
        ExplorationViews.Layer(exploration, layer, null, console);
    }

    private void GoToElement(ImmutableArray<int>? index, bool withTaps)
    {
        layer ??= exploration.First ?? throw new UserErrorException("there is no operator");
        ExplorationViews.Element(exploration, layer, index, null, withTaps, console);
        (element, isAtElement) = (index, true);
    }

    private void Guess(string guess)
    {
        layer ??= exploration.First ?? throw new UserErrorException("there is no operator");
        if (isAtElement)
            ExplorationViews.Element(exploration, layer, element, guess, withTaps: false, console);
        else
            console.Write(exploration.Try(layer, guess).Lines);
    }

    private Task<LayerComparison> ChooseAsync(CancellationToken cancel) => new SelectionPrompt<LayerComparison>()
        .Title("which operator?").PageSize(16).EnableSearch()
        .UseConverter(one => Markup.Escape($"{(one.Verdict == LayerVerdict.Diverges ? '>' : ' ')} {Sentences.Operator(one)} {Sentences.Shape(one)}: {Sentences.Judgement(one)}"))
        .AddChoices(exploration.Run.Layers).ShowAsync(console, cancel);
}
