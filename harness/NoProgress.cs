namespace OffByN.Harness;

/// <summary>For work whose progress nobody watches.</summary>
public sealed class NoProgress : IProgress<string>
{
    public static readonly NoProgress Instance = new();

    private NoProgress()
    {
    }

    public void Report(string value)
    {
    }
}
