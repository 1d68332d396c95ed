namespace OffByN.Reference.Oracles;

/// <summary>The processor's name and those of its features that decide which kernels a TFLite runtime picks.</summary>
public static class CpuDescription
{
    private static readonly string[] Decisive =
        ["sse4_1", "avx", "f16c", "fma", "avx2", "avx512f", "avx512bw", "avx512vl", "avx512_vnni", "avx_vnni", "avx512_fp16", "amx_int8", "neon", "asimd", "asimddp", "i8mm", "sve"];

    /// <summary>From /proc/cpuinfo; empty where there is none.</summary>
    public static string Current { get; } = Read();

    private static string Read()
    {
        try
        {
            string[] lines = File.ReadAllLines("/proc/cpuinfo");
            HashSet<string> flags = [.. Value(lines, "flags", "Features").Split(' ')];
            return $"{Value(lines, "model name", "CPU part")} ({string.Join(' ', Decisive.Where(flags.Contains))})";
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    private static string Value(string[] lines, params string[] names) =>
        lines.FirstOrDefault(line => names.Any(name => line.StartsWith(name, StringComparison.Ordinal)))?.Split(':', 2)[1].Trim() ?? "";
}
