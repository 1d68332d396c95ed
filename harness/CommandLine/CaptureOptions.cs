using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.CommandLine;

/// <summary>What the oracle is run on, read and checked before any worker starts.</summary>
/// <param name="Limits">What each worker may use.</param>
internal sealed record CapturePlan(
    Graph Graph, ReadOnlyMemory<byte> Model, IReadOnlyList<ModelInput> Inputs, ImmutableArray<Flavour> Flavours, IOracle Oracle, WorkerLimits Limits)
{
    /// <summary>One for each flavour and input.</summary>
    public ImmutableArray<CaptureRequest> Requests()
    {
        byte[] tapped = Tapping.Tap(Model, Graph);
        return [.. from flavour in Flavours from input in Inputs select new CaptureRequest(Graph, tapped, input, flavour)];
    }
}

/// <summary>The options that say what the oracle is run on: shared by every command that asks it.</summary>
internal sealed class CaptureOptions
{
    private const int MostSeconds = 24 * 60 * 60;

    private readonly Argument<string> model = new("MODEL") { Description = "A .tflite file" };

    private readonly Option<string[]> inputs = new("--input")
    {
        Description = "An input: npy, npz, safetensors, raw, ppm, bmp, png or jpg; arrays of N inputs and folders of files are several. Repeat it for more",
        HelpName = "PATH",
    };

    private readonly Option<ulong?> seed = new("--seed") { Description = "Random input from this seed. Without input and seed: those of the golden, else seed 0", HelpName = "N" };

    private readonly Option<string?> seeds = new("--seeds") { Description = "Random inputs from every seed of a range: 0..99", HelpName = "A..B" };

    private readonly Option<string?> resize = new("--resize") { Description = "Let an image have another size than the model: nearest or bilinear" };

    private readonly Option<double[]> mean = new("--mean") { Description = "For float inputs from images: (pixel - mean) / std; one number, or one a channel", HelpName = "M" };

    private readonly Option<double[]> std = new("--std") { Description = "See --mean", HelpName = "S" };

    private readonly Option<string> oracle = new("--oracle")
    {
        Description = "Real TFLite: litert[@VERSION], native, golden:DIR or auto",
        HelpName = "ORACLE",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string?> flavour = new("--flavour")
    {
        Description = "Its kernels: ref, opt, xnn or all; without it the golden's own, else ref, or opt where the oracle has no ref",
        HelpName = "FLAVOUR",
    };

    private readonly Option<int> deadline = new("--deadline")
    {
        Description = "How long the oracle, a kernel or another candidate may take over one request before it counts as hanging",
        HelpName = "SECONDS",
        DefaultValueFactory = _ => (int)WorkerLimits.Default.Deadline.TotalSeconds,
    };

    private readonly Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(model);
        foreach (Option option in SayWhat)
            command.Options.Add(option);
        command.Options.Add(deadline);
        command.Options.Add(quiet);
    }

    /// <param name="modelIsOptional">For a command that also works without a model.</param>
    /// <param name="replays">For a command that takes the report of a verification in the model's place.</param>
    public CaptureOptions(bool modelIsOptional = false, bool replays = false)
    {
        resize.AcceptOnlyFromAmong("nearest", "bilinear");
        if (modelIsOptional)
            model.Arity = ArgumentArity.ZeroOrOne;
        if (replays)
        {
            model.HelpName = "MODEL|REPORT.json";
            model.Description = "A .tflite file; or what verify --json wrote, whose model, input, oracle and candidate are taken again";
        }
    }

    /// <summary>The options that say what is captured.</summary>
    public ImmutableArray<Option> SayWhat => [inputs, seed, seeds, resize, mean, std, oracle, flavour];

    /// <summary>The model as it was given; null where it may be left out.</summary>
    public string? Model(ParseResult parsed) => parsed.GetValue(model);

    public Option QuietOption => quiet;

    public bool Quiet(ParseResult parsed) => parsed.GetValue(quiet);

    /// <summary>The files and folders that were named to be read.</summary>
    public IEnumerable<string> FilesRead(ParseResult parsed) =>
        [.. new[] { Model(parsed) }.OfType<string>(), .. parsed.GetValue(inputs) ?? [], .. OracleSelection.FilesRead(parsed.GetValue(oracle)!)];

    /// <summary>Reads and checks everything that was asked for; no worker starts here.</summary>
    /// <exception cref="UserErrorException">Something cannot be used.</exception>
    public CapturePlan Read(ParseResult parsed)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(parsed.GetValue(model)!);
        int seconds = parsed.GetValue(deadline);
        if (seconds is < 1 or > MostSeconds)
            throw new UserErrorException($"--deadline expects 1 to {MostSeconds} seconds, found {seconds}.");
        WorkerLimits limits = WorkerLimits.Default with { Deadline = TimeSpan.FromSeconds(seconds) };
        IOracle chosen = OracleSelection.Oracle(parsed.GetValue(oracle)!, limits);
        ImmutableArray<Flavour> flavours = OracleSelection.Flavours(parsed.GetValue(flavour), chosen);
        return new(graph, bytes, ReadInputs(graph, chosen, parsed), flavours, chosen, limits);
    }

    private IReadOnlyList<ModelInput> ReadInputs(Graph graph, IOracle chosen, ParseResult parsed)
    {
        string[] files = parsed.GetValue(inputs) ?? [];
        ulong? number = parsed.GetValue(seed);
        if (parsed.GetValue(seeds) is { } range)
        {
            return files.Length == 0 && number is null
                ? InputReader.FromSeeds(graph, Seeds(range))
                : throw new UserErrorException("--seeds excludes --seed and --input: expected one of them.");
        }
        if (files.Length == 0)
            return number is null && chosen is GoldenOracle golden && golden.IsOf(graph) ? golden.Inputs(graph) : [InputReader.FromSeed(graph, number ?? 0)];
        if (number is not null)
            throw new UserErrorException("--input and --seed exclude each other: expected one of them.");
        ImageOptions images = new(
            parsed.GetValue(resize) is { } mode ? Enum.Parse<ResizeMode>(mode, ignoreCase: true) : null,
            [.. parsed.GetValue(mean) ?? []], [.. parsed.GetValue(std) ?? []]);
        return InputReader.Read(graph, files, images);
    }

    private static IEnumerable<ulong> Seeds(string range)
    {
        const ulong most = 100_000;
        string[] ends = range.Split("..");
        return ends.Length == 2 && ulong.TryParse(ends[0], out ulong first) && ulong.TryParse(ends[1], out ulong last) && first <= last && last - first < most
            ? Enumerable.Range(0, (int)(last - first) + 1).Select(i => first + (ulong)i)
            : throw new UserErrorException($"--seeds expects A..B with A <= B and at most {most} seeds, found '{Printable.Of(range)}'.");
    }
}
