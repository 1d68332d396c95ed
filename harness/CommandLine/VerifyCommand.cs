using System.CommandLine;
using OffByN.Golden;
using OffByN.Harness.Policy;
using OffByN.Harness.Reporting;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>verify</c>: capture, run, compare, localize, report.</summary>
internal static class VerifyCommand
{
    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        VerificationOptions options = new();
        GateOptions gates = new();
        ReportOptions reports = new();
        Option<bool> allLayers = new("--all-layers") { Description = "Print every layer, also of a long model" };
        Command command = new("verify", """
            Compare a candidate with real TFLite, operator by operator.

            Examples:
              offbyn verify mobilenet.tflite --input dog.ppm
              offbyn verify mobilenet.tflite --input dog.ppm --policy offbyn.yaml --oracle golden:goldens/mobilenet
              offbyn verify mobilenet.tflite --input dog.ppm --flavour xnn --candidate dump:my-tensors.npz --json report.json
              offbyn verify mobilenet.tflite --seeds 0..9 --candidate "command:python3 my-simulator.py"

            Exit codes: 0 pass, 1 divergence, 3 something was not compared, 2 bad input, 130 interrupted.
            """);
        options.AddTo(command);
        gates.AddTo(command);
        reports.AddTo(command);
        command.Options.Add(allLayers);
        command.SetAction(async (parsed, cancel) =>
        {
            FilesApart.Require([.. reports.Written(parsed), .. gates.Written(parsed)], [.. options.FilesRead(parsed), .. gates.FilesRead(parsed)]);
            using ReportFiles files = reports.Open(parsed);
            VerificationRequest request = options.Read(parsed);
            Gate gate = gates.Read(parsed, request.Inputs.Count);
            DateOnly today = DateOnly.FromDateTime(DateTime.UtcNow);
            request = request with { WithMaps = reports.NeedMaps(parsed), Judged = run => Verdicts.Judge(run, gate, today) };
            await using (request.Candidate.ConfigureAwait(false))
            {
                VerificationReport report;
                using (ConsoleProgress progress = new(errors, options.Quiet(parsed)))
                    report = await Verification.RunAsync(request, progress, cancel).ConfigureAwait(false);
                report = gates.Judge(report, gate, parsed, today) with { Command = options.Record(parsed, request) };
                files.Write(report);
                TerminalReport.Write(report, console, parsed.GetValue(allLayers));
                if (GitHubAnnotations.AreRead)
                    GitHubAnnotations.Write(report, console.Profile.Out.Writer);
                return report.ExitCode;
            }
        });
        return command;
    }
}
