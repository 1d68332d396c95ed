using System.CommandLine;
using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.CommandLine;

/// <summary>The options that say what is verified: shared by every command that runs or replays a verification.</summary>
internal sealed class VerificationOptions
{
    private readonly CaptureOptions capture;

    private readonly Option<string> candidate = new("--candidate")
    {
        Description = "What is checked: opencl, kernels:DIR (your .cl files), dump:PATH (your tensors: npz, safetensors, a folder of npy or raw files), command:PROGRAM ARGS (any program that writes such tensors), tflite:ORACLE/FLAVOUR (another TFLite) or reference",
        DefaultValueFactory = _ => "opencl",
    };

    private readonly Option<string?> mapping = new("--mapping")
    {
        Description = "What a dump calls its tensors and how it lays them out; without it the offbyn-dump.yaml in its folder",
        HelpName = "FILE",
    };

    public void AddTo(Command command)
    {
        capture.AddTo(command);
        command.Options.Add(candidate);
        command.Options.Add(mapping);
    }

    /// <param name="modelIsOptional">For a command that also works without a model.</param>
    public VerificationOptions(bool modelIsOptional = false) => capture = new(modelIsOptional);

    public bool HasModel(ParseResult parsed) => capture.HasModel(parsed);

    public bool Quiet(ParseResult parsed) => capture.Quiet(parsed);

    /// <summary>Reads and checks everything that was asked for; no worker starts here.</summary>
    /// <exception cref="UserErrorException">Something cannot be used.</exception>
    public VerificationRequest Read(ParseResult parsed)
    {
        CapturePlan plan = capture.Read(parsed);
        ICandidate checkedOne = CandidateSelection.Candidate(parsed.GetValue(candidate)!, parsed.GetValue(mapping), plan);
        return new(plan.Graph, plan.Model, plan.Inputs, plan.Flavours, plan.Oracle, checkedOne);
    }
}
