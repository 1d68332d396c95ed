using System.Collections.Immutable;
using OffByN.Harness.Stress.Evidence;
using Xunit;

namespace OffByN.Tests.Stress;

public sealed class ExactnessTableTests
{
    /// <summary>When this fails, the code computes more or less than the page says: make it anew, as it says itself.</summary>
    [Fact]
    public void The_page_claims_what_the_code_computes()
    {
        string[] parts = File.ReadAllText(Path.Combine(Repository.Root, "docs", "exactness.md")).Split("\n## ");
        var claims = Exactness.Claims();

        Assert.Equal(3, parts.Length);
        Same(claims.ToDictionary(claim => claim.Key, claim => claim.Value.Reference), Exactness.Parse(parts[1]));
        Same(claims.ToDictionary(claim => claim.Key, claim => claim.Value.OpenCl), Exactness.Parse(parts[2]));
    }

    [Fact]
    public void A_claim_that_is_written_is_read_back()
    {
        ExactnessKey exact = new("ADD", "int8", "litert-2.3.0/ref"), partly = new("ADD", "int8", "native-2.9.0/opt"), unknown = new("EXP", "float32", "litert-2.3.0/xnn");
        Dictionary<ExactnessKey, Reliance> claims = new() { [exact] = Reliance.Exact, [partly] = Reliance.Partly, [unknown] = Reliance.Unknown };

        ImmutableDictionary<ExactnessKey, Reliance> read = Exactness.Parse(Exactness.Markdown(claims, new Dictionary<ExactnessKey, long> { [exact] = 12345 }));

        Assert.Equal(2, read.Count);
        Assert.Equal(Reliance.Exact, read[exact]);
        Assert.Equal(Reliance.Partly, read[partly]);
    }

    private static void Same(Dictionary<ExactnessKey, Reliance> code, ImmutableDictionary<ExactnessKey, Reliance> page)
    {
        string[] wrong =
        [
            .. code.Keys.Union(page.Keys).Where(key => code.GetValueOrDefault(key) != page.GetValueOrDefault(key))
                .Select(key => $"{key.Operator} {key.Type} {key.Profile}: the page says {page.GetValueOrDefault(key)}, the code {code.GetValueOrDefault(key)}"),
        ];
        Assert.True(wrong.Length == 0, string.Join('\n', wrong.Take(20)));
    }
}
