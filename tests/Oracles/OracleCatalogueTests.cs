using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class OracleCatalogueTests
{
    [Fact]
    public async Task The_default_oracle_is_listed_either_with_its_runtime_or_with_how_to_get_it()
    {
        OracleListing listed = Assert.Single(await OracleCatalogue.ListAsync(WorkerLimits.Default), oracle => oracle.Name == "litert@2.3.0");
        Assert.True(listed.Runtime is null ^ string.IsNullOrEmpty(listed.Missing));
    }

    [Fact]
    public void Of_each_runtime_the_latest_version_is_found_first()
    {
        using TemporaryFolder folder = new();
        foreach (string name in new[] { "litert-1.0.1", "litert-2.10.0", "litert-2.9.0", "tflite-runtime-2.14.0", "not-described-9.0.0" })
            Directory.CreateDirectory(folder.File(name));
        foreach (string described in Directory.GetDirectories(folder.Path).Where(path => !path.Contains("not-", StringComparison.Ordinal)))
            File.WriteAllText(Path.Combine(described, "offbyn.json"), "{}");
        Assert.Equal(["litert@2.10.0", "litert@2.9.0", "litert@1.0.1", "tflite-runtime@2.14.0"], PythonRuntime.FindIn(folder.Path).Select(runtime => runtime.Name));
    }

    [SkippableFact]
    public async Task An_oracle_that_is_here_tells_its_version_and_the_hash_of_its_library()
    {
        OracleRuntime runtime = Requirement.LiteRt();
        OracleListing listed = Assert.Single(await OracleCatalogue.ListAsync(WorkerLimits.Default), oracle => oracle.From == runtime.From);
        Assert.Equal(("litert", "2.3.0", 64), (listed.Runtime!.Runtime, listed.Runtime.Version, listed.Runtime.LibrarySha256.Length));
    }
}
