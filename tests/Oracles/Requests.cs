using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Tests.Oracles;

/// <summary>Captures of real models.</summary>
internal static class Requests
{
    /// <param name="picture">One of the shared images; without it the input of seed 0.</param>
    public static CaptureRequest Of(string model, Flavour flavour, string? picture = null)
    {
        string path = SharedFiles.Model(model);
        Graph graph = TfliteReader.Read(path);
        ModelInput input = picture is null ? InputReader.FromSeed(graph, 0) : InputReader.Read(graph, [SharedFiles.Path("images", picture)]).Single();
        return new(graph, Tapping.Tap(File.ReadAllBytes(path), graph), input, flavour);
    }
}
