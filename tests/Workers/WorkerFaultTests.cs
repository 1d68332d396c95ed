using OffByN.Reference.Oracles;
using Xunit;

namespace OffByN.Tests.Workers;

/// <summary>Nothing else may run workers meanwhile: they would be killed too.</summary>
[CollectionDefinition(nameof(WorkerFaultTests), DisableParallelization = true)]
public sealed class Alone;

/// <summary>Workers that are killed while they work give right answers or say that they gave none; the long form is the benchmark <c>faults</c>.</summary>
[Collection(nameof(WorkerFaultTests))]
public sealed class WorkerFaultTests
{
    private const int Kills = 5;

    [SkippableFact]
    public async Task A_killed_Python_oracle_gives_no_wrong_answer_and_loses_none() => AssertHonest(await WorkerFaults.OfOracle(Requirement.LiteRt()).DisturbAsync(Kills, seed: 1));

    [SkippableFact]
    public async Task A_killed_native_oracle_gives_no_wrong_answer_and_loses_none() => AssertHonest(await WorkerFaults.OfOracle(Requirement.Native()).DisturbAsync(Kills, seed: 2));

    [SkippableFact]
    public async Task A_killed_OpenCL_worker_gives_no_wrong_answer_and_loses_none()
    {
        Requirement.OpenCl();
        OracleRuntime oracle = Requirement.Native();
        using TemporaryFolder folder = new();
        AssertHonest(await (await WorkerFaults.OfOpenClAsync(oracle, folder.File("small.tflite"))).DisturbAsync(Kills, seed: 3));
    }

    private static void AssertHonest(FaultTally tally)
    {
        Assert.True(tally.Kills >= Kills);
        Assert.Equal((0, 0), (tally.Wrong, tally.Lost));
        Assert.True(tally.Right > 0);
        Assert.Equal(tally.Runs * 10, tally.Right + tally.NotCompared);
    }
}
