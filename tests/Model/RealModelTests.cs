using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Model;

public class RealModelTests
{
    /// <summary>Rows of the manifest, or one row that skips where the models are not here.</summary>
    public static TheoryData<string, string, string> Manifest()
    {
        TheoryData<string, string, string> rows = [];
        if (SharedFiles.Folder is { } folder && File.Exists(Path.Combine(folder, "models", "MANIFEST.tsv")))
        {
            foreach (string line in File.ReadLines(Path.Combine(folder, "models", "MANIFEST.tsv")).Skip(1))
            {
                string[] cells = line.Split('\t');
                rows.Add(cells[0], cells[1], cells[6]);
            }
        }
        else
        {
            rows.Add("", "", "");
        }
        return rows;
    }

    [SkippableTheory]
    [MemberData(nameof(Manifest))]
    public void Every_real_model_is_read_with_the_operators_its_manifest_counts(string file, string sha256, string operators)
    {
        Graph graph = TfliteReader.Read(SharedFiles.Model(file));

        Assert.Equal(sha256, graph.Sha256);
        IEnumerable<string> counts = graph.Operators
            .GroupBy(layer => layer.CustomCode is { } custom ? "CUSTOM:" + custom : layer.Name)
            .Select(group => $"{group.Key}x{group.Count()}");
        Assert.Equal(operators.Split(' ').Order(StringComparer.Ordinal), counts.Order(StringComparer.Ordinal));
    }
}
