using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Harness.Exploration;
using OffByN.Harness.Explanation;
using OffByN.Harness.Reporting;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>explore</c>: a verification that can be looked at from all sides.</summary>
internal static class ExploreCommand
{
    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        VerificationOptions options = new(replays: true);
        Option<string?> print = new("--print") { Description = "Print one view and end: frontier, layers, layer or element", HelpName = "VIEW" };
        print.AcceptOnlyFromAmong("frontier", "layers", "layer", "element");
        Option<string?> layer = new("--layer") { Description = "The operator to look at: its position, or the name of its output; without it the first that diverges", HelpName = "N|NAME" };
        Option<string?> element = new("--element") { Description = "The element of its output, one index for each dimension; without it the one that is furthest off", HelpName = "i,j,k,c" };
        Option<string?> whatIf = new("--what-if")
        {
            Description = $"A guess: a hypothesis by name (half-even), or a number (shift=6; {WhatIf.Names}). Says how many elements it explains", HelpName = "GUESS",
        };
        Option<bool> web = new("--web") { Description = "Show the same as pages, at an address of this machine alone that has a secret in it, until Ctrl-C" };
        Option<int> port = new("--port") { Description = "The port for --web; without it any that is free", HelpName = "N" };
        port.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int>() is < 0 or > 65535)
                result.AddError("--port expects a number from 0 to 65535.");
        });
        Command command = new("explore", """
            Look at a verification: where operators differ, by how much, in which channels and places, one element's arithmetic, and what a guess would explain.

            Examples:
              offbyn explore report.json
              offbyn explore mobilenet.tflite --input dog.ppm --candidate kernels:mine
              offbyn explore report.json --web
              offbyn explore report.json --print layer --layer 3
              offbyn explore report.json --print element --layer 3 --element 0,1,2,3 --what-if shift=6

            In a pipe, and with --print, it prints a view and ends with exit code 0; 3 where nothing was compared.
            """);
        options.AddTo(command);
        foreach (Option<string?> option in new[] { print, layer, element, whatIf })
            command.Options.Add(option);
        command.Options.Add(web);
        command.Options.Add(port);
        command.SetAction(async (parsed, cancel) =>
        {
            VerificationRequest request = options.Read(parsed);
            Operator? op = parsed.GetValue(layer) is { } name ? LayerSelection.OperatorOf(request.Graph, name) : null;
            ImmutableArray<int>? index = parsed.GetValue(element) is { } text ? ElementIndex.Parse(text) : null;
            await using (request.Candidate.ConfigureAwait(false))
            {
                VerificationReport report;
                WatchedRun? watched;
                using (ConsoleProgress progress = new(errors, options.Quiet(parsed)))
                    (report, watched) = await WatchedRun.VerifyAsync(request, op?.Index, progress, cancel).ConfigureAwait(false);
                if (watched is null)
                {
                    TerminalReport.WriteOutcome(report, console);
                    return Application.NotCompared;
                }
                Exploration.Exploration exploration = new(watched.Run, watched.Context, watched.Tensors);
                if (parsed.GetValue(web))
                    return await ServeAsync(exploration, parsed.GetValue(port), console, cancel).ConfigureAwait(false);
                LayerComparison? at = op is null ? exploration.First : exploration[op.Index];
                if (parsed.GetValue(print) is null && console.Profile.Capabilities.Interactive && !Console.IsInputRedirected)
                    await new ExplorationPrompt(exploration, console).RunAsync(cancel).ConfigureAwait(false);
                else
                    Print(exploration, parsed.GetValue(print) ?? "frontier", at, index, parsed.GetValue(whatIf), console);
                return 0;
            }
        });
        return command;
    }

    private static async Task<int> ServeAsync(Exploration.Exploration exploration, int port, IAnsiConsole console, CancellationToken cancel)
    {
        ExplorationServer server = await ExplorationServer.StartAsync(exploration, port, cancel).ConfigureAwait(false);
        await using (server.ConfigureAwait(false))
        {
            await console.Profile.Out.Writer.WriteLineAsync($"open {server.Address} (this machine alone; Ctrl-C ends it)").ConfigureAwait(false);
            // Ctrl-C is how one leaves: no interruption, but the end.
            await Task.Delay(Timeout.Infinite, cancel).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            return 0;
        }
    }

    private static void Print(Exploration.Exploration exploration, string view, LayerComparison? layer, ImmutableArray<int>? element, string? whatIf, IAnsiConsole console)
    {
        switch (view)
        {
            case "layers":
                ExplorationViews.Layers(exploration, console);
                break;
            case "layer" when layer is not null:
                ExplorationViews.Layer(exploration, layer, whatIf, console);
                break;
            case "element" when layer is not null:
                ExplorationViews.Element(exploration, layer, element, whatIf, withTaps: false, console);
                break;
            default:
                ExplorationViews.Frontier(exploration, console);
                break;
        }
    }
}
