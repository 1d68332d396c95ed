using System.Collections.Immutable;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using Spectre.Console;

namespace OffByN.Harness.Exploration;

/// <summary>What can be looked at: on a terminal, in a pipe, in a page. Each writes to a console in its width.</summary>
public static class ExplorationViews
{
    /// <summary>The operators that differ by themselves.</summary>
    public static void Frontier(Exploration exploration, IAnsiConsole console) => console.Write(FrontierView.Of(exploration.Run));

    /// <summary>Every operator output, a row each.</summary>
    public static void Layers(Exploration exploration, IAnsiConsole console) =>
        console.Write(LayerTable.Of(exploration.Run.Layers.Select(LayerTable.Row.Of), console.Profile.Width));

    /// <summary>One operator, and what a guess would explain of it.</summary>
    /// <exception cref="OffByN.Model.UserErrorException">The guess says nothing of this operator.</exception>
    public static void Layer(Exploration exploration, LayerComparison layer, string? whatIf, IAnsiConsole console)
    {
        ImmutableArray<Line> guess = whatIf is null ? [] : [.. exploration.Try(layer, whatIf).Lines, Line.Empty];
        console.Write(guess);
        console.Write(LayerView.Of(layer, exploration.MapOf(layer), console.Profile.Width, console.Profile.Capabilities.Unicode));
    }

    /// <summary>One element's arithmetic, expected beside actual; with a guess, beside what that makes of it.</summary>
    /// <param name="exploration">The run.</param>
    /// <param name="layer">The operator.</param>
    /// <param name="element">Its index; null for the worst one.</param>
    /// <param name="whatIf">A guess; null for none.</param>
    /// <param name="withTaps">Whether every product of the sum is shown.</param>
    /// <param name="console">Where to.</param>
    /// <exception cref="OffByN.Model.UserErrorException">The element is outside the tensor, or the guess says nothing of this operator.</exception>
    public static void Element(Exploration exploration, LayerComparison layer, ImmutableArray<int>? element, string? whatIf, bool withTaps, IAnsiConsole console)
    {
        WhatIf? guess = whatIf is null ? null : exploration.Try(layer, whatIf);
        if (guess is not null)
            console.Write([.. guess.Lines, Line.Empty]);
        if (exploration.Explain(layer, element, guess?.Scores[0].Hypothesis) is { } explanation)
        {
            ElementView.Print(explanation, withTaps, console);
            return;
        }
        console.Write(
        [
            new($"{Sentences.OperatorAndResult(layer)}: {Sentences.Judgement(layer)}. {Sentences.WithoutSteps(layer, exploration.Obstacle(layer))}"),
            .. Sentences.Worst(layer, layer.Isolated ?? layer.Cumulative) is { } worst ? [new($"worst element: {worst}")] : ImmutableArray<Line>.Empty,
        ]);
    }
}
