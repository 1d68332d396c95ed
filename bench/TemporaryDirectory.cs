namespace OffByN.Bench;

/// <summary>A folder that is gone after the benchmark.</summary>
internal sealed class TemporaryDirectory : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-bench-");

    public string Path => folder.FullName;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => folder.Delete(recursive: true);
}
