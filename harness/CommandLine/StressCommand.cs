using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>stress</c>: generated operators, real TFLite against the reference and a candidate.</summary>
internal static class StressCommand
{
    private const int DefaultCases = 64;

    /// <summary>Case numbers are ints: so far up there is room for as many cases again.</summary>
    private const int MostSeed = 1_000_000_000;

    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        Argument<string[]> operators = new("OPERATOR") { Description = "CONV_2D, or one of its families: \"CONV_2D int8\". Without any: all", Arity = ArgumentArity.ZeroOrMore };
        Option<string> oracle = new("--oracle") { Description = "Real TFLite: litert[@VERSION], native or auto", DefaultValueFactory = _ => "auto" };
        Option<string> flavour = new("--flavour") { Description = "Its kernels: ref, opt, xnn or all", DefaultValueFactory = _ => "all" };
        Option<string> candidate = new("--candidate") { Description = "What runs beside the reference: opencl, kernels:DIR or none", DefaultValueFactory = _ => "opencl" };
        Option<int?> cases = new("--cases") { Description = $"Cases of each family; {DefaultCases} without --time", HelpName = "N" };
        Option<double?> time = new("--time") { Description = "Begin no more cases after so many seconds", HelpName = "S" };
        Option<int> seed = new("--seed") { Description = "Number of the first case of each family; a failure names the one that repeats it", HelpName = "N" };
        Option<string?> keep = new("--out") { Description = "Write failing cases, made small, into this folder", HelpName = "DIR" };
        Option<string?> json = new("--json") { Description = "The report for programs", HelpName = "FILE" };
        Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };
        Command command = new("stress", """
            Generate small models of one operator, with values at which roundings part, clamps begin and accumulators wrap, and compare real TFLite with the
            reference and a candidate. What differs is made smaller, and repeated by its seed.

            Examples:
              offbyn stress
              offbyn stress CONV_2D DEPTHWISE_CONV_2D --time 60 --out failures
              offbyn stress "CONV_2D int8" --candidate kernels:mine --seed 4711 --cases 1

            Exit codes: 0 nothing differs, 1 something differs, 3 something could not be compared, 2 bad input, 130 interrupted.
            """)
        {
            operators, oracle, flavour, candidate, cases, time, seed, keep, json, quiet,
        };
        command.SetAction(async (parsed, cancel) =>
        {
            ImmutableArray<string> families = Families(parsed.GetValue(operators) ?? []);
            IOracle chosen = OracleSelection.Oracle(parsed.GetValue(oracle)!);
            if (chosen is GoldenOracle)
                throw new UserErrorException("--oracle golden: holds recorded tensors, and stress needs a TFLite that runs: expected litert, native or auto.");
            (int? count, double? seconds, int first) = (parsed.GetValue(cases), parsed.GetValue(time), parsed.GetValue(seed));
            if (count is <= 0 || seconds is not (null or > 0 and < 1e7) || first is < 0 or > MostSeed || count > MostSeed)
                throw new UserErrorException($"--cases expects a number from 1 to {MostSeed}, --time one above 0, --seed one from 0 to {MostSeed}.");
            FilesApart.Require(new[] { parsed.GetValue(json) }.OfType<string>(), CandidateSelection.FilesRead(parsed.GetValue(candidate)!));
            using AtomicFile? report = parsed.GetValue(json) is { } path ? AtomicFile.Create(path) : null;
            string? folder = parsed.GetValue(keep);
            if (folder is not null)
                FailureFolder.Prepare(folder);
            ICandidate? checkedOne = Candidate(parsed.GetValue(candidate)!);
            try
            {
                StressRequest request = new(
                    chosen, checkedOne, OracleSelection.Flavours(parsed.GetValue(flavour), chosen), families, first, count ?? (seconds is null ? DefaultCases : null),
                    seconds is { } limit ? TimeSpan.FromSeconds(limit) : null);
                using ConsoleProgress progress = new(errors, parsed.GetValue(quiet));
                StressReport found = await StressRun.RunAsync(request, progress, cancel).ConfigureAwait(false);
                progress.Clear();
                if (folder is not null)
                    found = found with { Failures = [.. found.Failures.Select(failure => FailureFolder.Write(failure, found, folder))] };
                if (report is not null)
                    Write(found, report);
                StressView.Write(found, console);
                return found.ExitCode;
            }
            finally
            {
                if (checkedOne is not null)
                    await checkedOne.DisposeAsync().ConfigureAwait(false);
            }
        });
        return command;
    }

    /// <exception cref="UserErrorException">A word names no operator for which cases are generated.</exception>
    private static ImmutableArray<string> Families(string[] names) => names.Length == 0 ? OperatorCases.Names
        :
        [
            .. names.SelectMany(name => OperatorCases.Of(name) is { IsEmpty: false } found ? found : throw new UserErrorException(string.Create(
                CultureInfo.InvariantCulture, $"no cases are generated for '{Printable.Of(name)}'. Expected one of {string.Join(", ", OperatorCases.Names)}."))).Distinct(),
        ];

    private static ICandidate? Candidate(string name) => name switch
    {
        "none" or "reference" => null,
        _ => CandidateSelection.Pipeline(name, WorkerLimits.Default) ?? throw new UserErrorException($"--candidate expects opencl, kernels:DIR or none, found '{Printable.Of(name)}'."),
    };

    private static void Write(StressReport report, AtomicFile file)
    {
        using MemoryStream rendered = new();
        StressJson.Write(report, rendered);
        file.Write(rendered.GetBuffer().AsSpan(0, (int)rendered.Length));
        file.Commit();
    }
}
