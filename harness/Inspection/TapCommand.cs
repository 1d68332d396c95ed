using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Harness.Inspection;

/// <summary>Writes the tapped copy of a model: <c>tap MODEL OUT</c>.</summary>
public static class TapCommand
{
    /// <returns>How many operator outputs the written model names.</returns>
    /// <exception cref="UserErrorException">The model is unusable, or the output cannot be written, which is tried first.</exception>
    public static int Run(string model, string output)
    {
        FilesApart.Require([output], [model]);
        using AtomicFile file = AtomicFile.Create(output);
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(model);
        file.Write(Tapping.Tap(bytes, graph));
        file.Commit();
        return Tapping.Tapped(graph).Length;
    }
}
