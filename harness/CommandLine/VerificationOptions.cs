using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Golden.Inputs;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.CommandLine;

/// <summary>The options that say what is verified: shared by every command that runs or replays a verification.</summary>
internal sealed class VerificationOptions
{
    private readonly Argument<string> model = new("MODEL") { Description = "A .tflite file" };

    private readonly Option<string[]> inputs = new("--input")
    {
        Description = "An input: npy, npz, raw, ppm, bmp, png or jpg. Repeat it for several",
        HelpName = "FILE",
    };

    private readonly Option<ulong?> seed = new("--seed") { Description = "Random input from this seed; 0 when neither input nor seed is given", HelpName = "N" };

    private readonly Option<string?> resize = new("--resize") { Description = "Let an image have another size than the model: nearest or bilinear" };

    private readonly Option<double[]> mean = new("--mean") { Description = "For float inputs from images: (pixel - mean) / std; one number, or one a channel" };

    private readonly Option<double[]> std = new("--std") { Description = "See --mean" };

    private readonly Option<string> oracle = new("--oracle")
    {
        Description = "Real TFLite: litert[@VERSION], native, micro, golden:DIR or auto",
        DefaultValueFactory = _ => "auto",
    };

    private readonly Option<string> flavour = new("--flavour")
    {
        Description = "Its kernels: ref, opt, xnn or all",
        DefaultValueFactory = _ => "ref",
    };

    private readonly Option<string> candidate = new("--candidate")
    {
        Description = "What is checked: opencl, kernels:DIR (your .cl files), reference or dump:PATH (npz, safetensors, folder of npy)",
        DefaultValueFactory = _ => "opencl",
    };

    private readonly Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };

    public void AddTo(Command command)
    {
        command.Arguments.Add(model);
        foreach (Option option in new Option[] { inputs, seed, resize, mean, std, oracle, flavour, candidate, quiet })
            command.Options.Add(option);
    }

    /// <param name="modelIsOptional">For a command that also works without a model.</param>
    public VerificationOptions(bool modelIsOptional = false)
    {
        resize.AcceptOnlyFromAmong("nearest", "bilinear");
        if (modelIsOptional)
            model.Arity = ArgumentArity.ZeroOrOne;
    }

    public bool HasModel(ParseResult parsed) => parsed.GetValue(model) is not null;

    public bool Quiet(ParseResult parsed) => parsed.GetValue(quiet);

    /// <summary>Reads and checks everything that was asked for; no worker starts here.</summary>
    /// <exception cref="UserErrorException">Something cannot be used.</exception>
    public VerificationRequest Read(ParseResult parsed)
    {
        string path = parsed.GetValue(model)!;
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(path);
        ImmutableArray<Flavour> flavours = OracleSelection.Flavours(parsed.GetValue(flavour)!);
        ICandidate checkedOne = CandidateSelection.Candidate(parsed.GetValue(candidate)!, graph);
        ImmutableArray<ModelInput> read = ReadInputs(graph, parsed);
        return new(graph, Tapping.Tap(bytes, graph), read, flavours, OracleSelection.Oracle(parsed.GetValue(oracle)!), checkedOne);
    }

    private ImmutableArray<ModelInput> ReadInputs(Graph graph, ParseResult parsed)
    {
        string[] files = parsed.GetValue(inputs) ?? [];
        ulong? number = parsed.GetValue(seed);
        if (files.Length == 0)
            return [InputReader.FromSeed(graph, number ?? 0)];
        if (number is not null)
            throw new UserErrorException("--input and --seed exclude each other: expected one of them.");
        ImageOptions images = new(
            parsed.GetValue(resize) is { } mode ? Enum.Parse<ResizeMode>(mode, ignoreCase: true) : null,
            [.. parsed.GetValue(mean) ?? []], [.. parsed.GetValue(std) ?? []]);
        return InputReader.Read(graph, files, images);
    }
}
