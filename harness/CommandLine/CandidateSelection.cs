using OffByN.Harness.Candidates;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.CommandLine;

/// <summary>From the words after <c>--candidate</c> to a candidate.</summary>
internal static class CandidateSelection
{
    private const string Forms = "opencl, kernels:DIR, dump:PATH, command:PROGRAM ARGS, tflite:ORACLE/FLAVOUR or reference";

    /// <param name="mapping">The file after <c>--mapping</c>.</param>
    /// <exception cref="UserErrorException">The words name no candidate, or its files cannot be read.</exception>
    public static ICandidate Candidate(string name, string? mapping, CapturePlan plan)
    {
        (string kind, string? rest) = name.Split(':', 2) is [string first, string second] ? (first, second) : (name, null);
        if (mapping is not null && kind != "dump")
            throw new UserErrorException($"--mapping says what a dump calls its tensors: expected --candidate dump:PATH beside it, found '{Printable.Of(name)}'.");
        return (kind, rest) switch
        {
            _ when Pipeline(name, plan.Limits) is { } pipeline => pipeline,
            ("reference", null) => new ReferenceCandidate(),
            ("dump", { } path) => Dump(path, mapping, plan),
            ("command", { } words) => Command(words, plan),
            ("tflite", { } runtime) => Tflite(runtime, plan),
            _ => throw new UserErrorException($"--candidate expects {Forms}, found '{Printable.Of(name)}'."),
        };
    }

    /// <summary>The files and folders that the words name: a dump, kernels, a program and those of its arguments that are files.</summary>
    /// <exception cref="UserErrorException">A quote in a command is not closed.</exception>
    public static IEnumerable<string> FilesRead(string name) => name.Split(':', 2) switch
    {
        ["dump" or "kernels", { Length: > 0 } path] => [path],
        ["command", { } words] => Words.Split(words).Where(word => word.Length > 0),
        _ => [],
    };

    private static DumpCandidate Dump(string path, string? mapping, CapturePlan plan)
    {
        DumpCandidate dump = DumpCandidate.Read(path, plan.Graph, mapping);
        return dump.HoldsInputs || plan.Inputs.Count == 1 ? dump : throw new UserErrorException(
            $"dump '{Printable.Of(path)}' does not say which of the {plan.Inputs.Count} inputs it was made with: expected one input, or tensors input_{plan.Graph.Inputs.FirstOrDefault()} and so on in the dump.");
    }

    private static CommandCandidate Command(string text, CapturePlan plan) => Words.Split(text) is [string name, ..] words && Words.FindProgram(name) is not null
        ? new(words, plan.Model, plan.Limits)
        : throw new UserErrorException($"--candidate command: expects a program that is there, and its arguments, found '{Printable.Of(text)}'. See docs/command-candidate.md.");

    private static TfliteCandidate Tflite(string name, CapturePlan plan)
    {
        Flavour flavour = default;
        return name.Split('/') is [string runtime, ("ref" or "opt" or "xnn") and string word] && !runtime.StartsWith("golden:", StringComparison.Ordinal)
            && Enum.TryParse(word, ignoreCase: true, out flavour)
            ? new(OracleSelection.Oracle(runtime, plan.Limits), flavour, plan.Model)
            : throw new UserErrorException($"--candidate tflite: expects ORACLE/FLAVOUR, such as tflite:litert/xnn or tflite:native/opt, found '{Printable.Of(name)}'.");
    }

    /// <summary>The OpenCL pipeline, with our kernels or a user's; null where the words ask for neither.</summary>
    /// <exception cref="UserErrorException">The folder has no kernels.</exception>
    public static ICandidate? Pipeline(string name, WorkerLimits limits) => name == "opencl" ? new OpenClPipelineCandidate(limits: limits)
        : name.StartsWith("kernels:", StringComparison.Ordinal) ? Kernels(name["kernels:".Length..], limits)
        : null;

    private static OpenClPipelineCandidate Kernels(string folder, WorkerLimits limits) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.cl").Any()
            ? new(folder, limits)
            : throw new UserErrorException($"--candidate kernels:{Printable.Of(folder)}: expected a folder with .cl files named after operators, such as conv_2d.cl.");
}
