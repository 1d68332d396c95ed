using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>TFLite's C library: no Python needed, and no reference kernels in it.</summary>
public static class NativeRuntime
{
    private const string FileVariable = "OFFBYN_TFLITE_C";

    public const string HowToGet = "Run build/setup --retry where npm reaches its registry: it takes libtensorflowlite_c 2.9.0 out of the package tfjs-tflite-node 0.0.2. "
        + "Or let OFFBYN_TFLITE_C name a libtensorflowlite_c.so.";

    /// <summary>The library that OFFBYN_TFLITE_C names, else the one that set-up got; null when there is neither.</summary>
    public static OracleRuntime? Find() =>
        Environment.GetEnvironmentVariable(FileVariable) is { Length: > 0 } named ? At("native", Path.GetFullPath(named))
        : Installation.Find(Path.Combine(".native", "tflite-2.9.0", "libtensorflowlite_c.so"), File.Exists) is { } installed ? At("native@2.9.0", installed)
        : null;

    private static OracleRuntime At(string name, string library) => new(
        name, library, new WorkerProgram("OffByN.TFLite", "Run build/setup: it builds it.", new Dictionary<string, string> { [FileVariable] = library }),
        [Flavour.Opt, Flavour.Xnn]);
}
