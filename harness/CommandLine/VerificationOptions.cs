using System.CommandLine;
using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.CommandLine;

/// <summary>The options that say what is verified: shared by every command that runs or replays a verification.</summary>
internal sealed class VerificationOptions
{
    private readonly CaptureOptions capture;

    private readonly Option<string> candidate = new("--candidate")
    {
        Description = "What is checked: opencl, kernels:DIR (your .cl files), dump:PATH (your tensors: npz, safetensors, a folder of npy or raw files), command:PROGRAM ARGS (any program that writes such tensors), tflite:ORACLE/FLAVOUR (another TFLite) or reference",
        HelpName = "CANDIDATE",
        DefaultValueFactory = _ => "opencl",
    };

    private readonly Option<string?> mapping = new("--mapping")
    {
        Description = "What a dump calls its tensors and how it lays them out; without it the offbyn-dump.yaml in its folder",
        HelpName = "FILE",
    };

    private readonly bool replays;

    public void AddTo(Command command)
    {
        capture.AddTo(command);
        command.Options.Add(candidate);
        command.Options.Add(mapping);
    }

    /// <inheritdoc cref="CaptureOptions(bool, bool)"/>
    public VerificationOptions(bool modelIsOptional = false, bool replays = false) => (this.replays, capture) = (replays, new(modelIsOptional, replays));

    public bool HasModel(ParseResult parsed) => capture.Model(parsed) is not null;

    public Option QuietOption => capture.QuietOption;

    public bool Quiet(ParseResult parsed) => capture.Quiet(parsed);

    /// <summary>The files and folders that were named to be read.</summary>
    public IEnumerable<string> FilesRead(ParseResult parsed) =>
        [.. capture.FilesRead(parsed), .. CandidateSelection.FilesRead(parsed.GetValue(candidate)!), .. new[] { parsed.GetValue(mapping) }.OfType<string>()];

    /// <summary>Reads and checks everything that was asked for; no worker starts here.</summary>
    /// <exception cref="UserErrorException">Something cannot be used.</exception>
    /// <exception cref="IdentityMismatchException">A report is replayed of which something changed.</exception>
    public VerificationRequest Read(ParseResult parsed)
    {
        if (replays && capture.Model(parsed) is { } file && RecordedVerification.IsReport(file))
            return Replay(RecordedVerification.Read(file), parsed);
        CapturePlan plan = capture.Read(parsed);
        string name = parsed.GetValue(candidate)!;
        ICandidate checkedOne = CandidateSelection.Candidate(name, parsed.GetValue(mapping), plan);
        return new(plan.Graph, plan.Model, plan.Inputs, plan.Flavours, plan.Oracle, checkedOne) { CandidateName = name };
    }

    /// <summary>What a report keeps, so that it can be replayed.</summary>
    public RecordedCommand Record(ParseResult parsed, VerificationRequest request) =>
        new([capture.Model(parsed)!, .. Given(parsed)], request.Oracle is GoldenOracle golden ? golden.Sha256 : null);

    /// <summary>The options that were given, one word each.</summary>
    private IEnumerable<string> Given(ParseResult parsed) =>
        from option in capture.SayWhat.Add(candidate).Add(mapping)
        let found = parsed.GetResult(option)
        where found is { Implicit: false }
        from value in found.Tokens
        select $"{option.Name}={value.Value}";

    private VerificationRequest Replay(RecordedVerification recorded, ParseResult parsed)
    {
        VerificationOptions again = new();
        Command verify = new("verify");
        again.AddTo(verify);
        ParseResult command = verify.Parse(recorded.Arguments([.. Given(parsed)]), new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (command.Errors.Count > 0)
            throw new UserErrorException($"{recorded.Path}: its command cannot be replayed: {Printable.Of(command.Errors[0].Message, 300)}");
        if (parsed.GetResult(candidate) is not { Implicit: false })
            recorded.RequireNoProgram(command.GetValue(again.candidate)!);
        recorded.RequireModel(TfliteReader.Read(again.capture.Model(command)!));
        VerificationRequest request = again.Read(command);
        recorded.RequireSame(request);
        return request;
    }
}
