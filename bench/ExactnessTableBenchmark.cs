using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Harness.Stress.Evidence;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Bench;

/// <summary>Writes docs/exactness.md: what the code claims, and the elements of generated cases on which the claim was seen to hold.</summary>
internal static class ExactnessTableBenchmark
{
    private const int CasesPerFamily = 20;

    public static async Task<int> RunAsync(string file)
    {
        using AtomicFile output = AtomicFile.Create(file);
        Dictionary<ExactnessKey, long> reference = [], opencl = [];
        long differing = 0;
        DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-exactness-");
        foreach (OracleRuntime runtime in OracleCatalogue.Found().Where(runtime => KnownProfiles.All.Any(profile => profile.Name.StartsWith(runtime.Name.Replace('@', '-') + "/", StringComparison.Ordinal))))
        {
            OpenClPipelineCandidate candidate = new();
            await using (candidate.ConfigureAwait(false))
            {
                StressRunner runner = new(new WorkerOracle(runtime, WorkerLimits.Default), candidate, folder.FullName);
                foreach (string[] families in OperatorCases.Names.Chunk(16))
                {
                    OperatorCase[] cases = [.. families.SelectMany(family => Enumerable.Range(0, CasesPerFamily).Select(number => OperatorCases.Aimed(family, number)))];
                    foreach (CaseOutcome outcome in await runner.RunAsync(cases, runtime.Flavours, CancellationToken.None).ConfigureAwait(false))
                    {
                        ExactnessKey key = new(
                            outcome.Case.Custom?.Name ?? outcome.Case.Code.SchemaName(), outcome.Case.Output.Type.Lower(),
                            RuntimeProfiles.NameOf(runtime.Name, outcome.Flavour));
                        Add(reference, key, outcome.Reference);
                        Add(opencl, key, outcome.Candidate);
                        differing += (outcome.Reference?.Differing ?? 0) + (outcome.Candidate?.Differing ?? 0);
                        if (outcome.IsFailure)
                            Console.Error.WriteLine(outcome);
                    }
                    Console.Error.WriteLine($"{runtime.Name}: {families[^1]}");
                }
            }
        }
        folder.Delete(recursive: true);
        output.Write(Encoding.UTF8.GetBytes(Page(reference, opencl)));
        output.Commit();
        return differing == 0 ? 0 : 1;
    }

    private static void Add(Dictionary<ExactnessKey, long> verified, ExactnessKey key, Difference? difference)
    {
        if (difference is { Differing: 0, Elements: > 0 })
            verified[key] = verified.GetValueOrDefault(key) + difference.Elements;
    }

    private static string Page(Dictionary<ExactnessKey, long> reference, Dictionary<ExactnessKey, long> opencl)
    {
        ImmutableSortedDictionary<ExactnessKey, (Reliance Reference, Reliance OpenCl)> claims = Exactness.Claims();
        return string.Create(CultureInfo.InvariantCulture, $"""
            # Exactness

            Which operators are computed, by output type and profile. `exact`: equal to the oracle in every bit. `bounded`: floats that accumulate, within a bound that is computed for each
            element. `partly`: some forms of the operator; the others say why not. `-`: not computed, so a comparison says `not-compared`. `refused`: the library
            itself does not take the operator. The number counts elements of generated
            cases that were compared with real TFLite and kept to the claim ({reference.Values.Sum():N0} of the reference, {opencl.Values.Sum():N0} of OpenCL); a claim without number rests on the rule alone.
            Where the xnn flavour does not delegate an operator, it is the optimized kernel that was compared.

            Made by `dotnet run -c Release --project bench -- exactness docs/exactness.md`; a test compares the claims with the code.

            Known limits:
            * What XNNPACK does was found on a processor with AVX-512, and looked at on an emulated one with AVX2 (QEMU's Haswell). Two results differ there, and the profile with them: a scaled
              int8 sum of a matrix product below -2^31 with a negative zero point, which AVX-512 alone wraps around to the highest code, and LOG of infinity and NaN. Sums of float32, with weights of
              float32 or int8, TANH and LOG need fused multiply-adds, which AVX2 brings; nothing was seen on processors without them.
            * XNNPACK reads and gives 0 for float32 numbers below the smallest normal one, and so does the reference; OpenCL does it in element-wise operators and with int8 weights.
            * int8 ELU is exact with glibc before 2.41, whose expm1f is Sun's.

            ## Reference

            {Exactness.Markdown(claims.ToDictionary(claim => claim.Key, claim => claim.Value.Reference), reference)}
            ## OpenCL

            {Exactness.Markdown(claims.ToDictionary(claim => claim.Key, claim => claim.Value.OpenCl), opencl)}
            """);
    }
}
