using OffByN.Harness.Candidates;
using OffByN.Model;

namespace OffByN.Harness.CommandLine;

/// <summary>From the words after <c>--candidate</c> to a candidate.</summary>
internal static class CandidateSelection
{
    /// <exception cref="UserErrorException">The words name no candidate, or its files cannot be read.</exception>
    public static ICandidate Candidate(string name, Graph graph) => name switch
    {
        "reference" => new ReferenceCandidate(),
        _ when name.StartsWith("dump:", StringComparison.Ordinal) => DumpCandidate.Read(name["dump:".Length..], graph),
        _ when Pipeline(name) is { } pipeline => pipeline,
        _ => throw new UserErrorException($"--candidate expects opencl, kernels:DIR, reference or dump:PATH, found '{Printable.Of(name)}'."),
    };

    /// <summary>The OpenCL pipeline, with our kernels or a user's; null where the words ask for neither.</summary>
    /// <exception cref="UserErrorException">The folder has no kernels.</exception>
    public static ICandidate? Pipeline(string name) => name == "opencl" ? new OpenClPipelineCandidate()
        : name.StartsWith("kernels:", StringComparison.Ordinal) ? Kernels(name["kernels:".Length..])
        : null;

    private static OpenClPipelineCandidate Kernels(string folder) =>
        Directory.Exists(folder) && Directory.EnumerateFiles(folder, "*.cl").Any()
            ? new(folder)
            : throw new UserErrorException($"--candidate kernels:{Printable.Of(folder)}: expected a folder with .cl files named after operators, such as conv_2d.cl.");
}
