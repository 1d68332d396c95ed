using OffByN.Harness;
using OffByN.Harness.Diagnosis;
using OffByN.Tests.Candidates;
using Xunit;

namespace OffByN.Tests.Diagnosis;

/// <summary>What one operator cannot tell apart, others of the run may.</summary>
public sealed class LedCausesTests
{
    [Fact]
    public async Task An_operator_s_class_is_named_by_what_the_whole_run_speaks_for()
    {
        RunReport run = Assert.Single((await DemoDumps.VerifyAsync(PlantedDump.Of(DemoDumps.Graph, DemoDumps.Input, "float-high-multiply"))).Runs);
        Cause whole = run.Diagnosis[0];
        Assert.False(whole.IsLegitimate);
        Cause[] own = [.. run.Layers.Where(layer => whole.Operators.Contains(layer.Layer) && layer.Causes is [{ Score.IsExact: true }, ..]).Select(layer => layer.Causes[0])];
        // By themselves some would be named after a legitimate alternative.
        Assert.Contains(true, own.Select(cause => cause.Members.MinBy(member => member.Hypothesis.Rank)!.Hypothesis.IsLegitimate));
        string[] named = [.. whole.Members.Select(member => member.Hypothesis.Id)];
        Assert.Equal(
            own.Select(cause => named.First(id => cause.Members.Any(member => member.Hypothesis.Id == id))),
            own.Select(cause => cause.Hypothesis.Id));
    }
}
