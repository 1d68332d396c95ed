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

    [SkippableFact]
    public async Task An_oracle_that_is_here_tells_its_version_and_the_hash_of_its_library()
    {
        OracleRuntime runtime = Requirement.LiteRt();
        OracleListing listed = Assert.Single(await OracleCatalogue.ListAsync(WorkerLimits.Default), oracle => oracle.From == runtime.From);
        Assert.Equal(("litert", "2.3.0", 64), (listed.Runtime!.Runtime, listed.Runtime.Version, listed.Runtime.LibrarySha256.Length));
    }
}
