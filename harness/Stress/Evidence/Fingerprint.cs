using System.Collections.Immutable;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Comparison;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference;
using OffByN.Reference.Operators;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>What one operator of a runtime was found to compute.</summary>
/// <param name="Type">Of its output, and of its weights where they are of another.</param>
/// <param name="Elements">Elements that the oracle gave.</param>
/// <param name="Follows">Known profiles that give every element that they compute of these, the one that computes most first; empty when there is none.</param>
/// <param name="Bounded">Those of them that give some elements not to the bit, but within a bound that they claim.</param>
/// <param name="Arithmetic">The parameter record of the first of them, in words.</param>
/// <param name="RuledOut">Known profiles that differ somewhere, with the number of elements.</param>
public sealed record FingerprintLine(
    string Operator, string Type, string Flavour, bool Delegated, int Cases, long Elements, ImmutableArray<string> Follows, ImmutableArray<string> Bounded, string Arithmetic,
    ImmutableSortedDictionary<string, long> RuledOut)
{
    /// <summary>Whether some profile computes the operator and none of those gives what the runtime does.</summary>
    [JsonIgnore]
    public bool IsUnlikeAny => Follows.IsEmpty && !RuledOut.IsEmpty;
}

/// <summary>What a runtime computes, operator by operator, found by running it on cases that tell the known profiles apart.</summary>
/// <param name="Runtime">What it calls itself.</param>
public sealed record Fingerprint(RuntimeDescription Runtime, ImmutableArray<FingerprintLine> Lines);

/// <summary>Finding, and remembering, what a runtime computes.</summary>
public static class Fingerprinting
{
    private const int CasesPerFamily = 16;

    /// <summary>Runs the cases of every family in every flavour.</summary>
    /// <exception cref="UserErrorException">The runtime does not start.</exception>
    public static async Task<Fingerprint> TakeAsync(OracleRuntime runtime, RuntimeDescription description, IProgress<string> progress, CancellationToken cancel)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("offbyn-fingerprint-");
        try
        {
            StressRunner runner = new(new WorkerOracle(runtime, WorkerLimits.Default), null, folder.FullName);
            List<CaseOutcome> outcomes = [];
            foreach (string[] families in OperatorCases.Names.Chunk(32))
            {
                progress.Report($"asking {runtime.Name} for {families[0]} to {families[^1]}");
                OperatorCase[] cases = [.. families.SelectMany(family => Enumerable.Range(0, CasesPerFamily).Select(number => OperatorCases.Aimed(family, number)))];
                outcomes.AddRange(await runner.RunAsync(cases, runtime.Flavours, cancel).ConfigureAwait(false));
            }
            progress.Report("comparing with every known profile");
            return new(description, Of(outcomes, cancel));
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    /// <summary>What outcomes say, by operator, type, flavour and whether it was delegated.</summary>
    public static ImmutableArray<FingerprintLine> Of(IEnumerable<CaseOutcome> outcomes, CancellationToken cancel) =>
    [
        .. outcomes.Where(outcome => !outcome.Oracle.IsEmpty)
            .GroupBy(outcome => (Name: outcome.Case.Custom?.Name ?? outcome.Case.Code.SchemaName(), Type: TypeOf(outcome.Case), outcome.Flavour, outcome.Delegated))
            .AsParallel().WithCancellation(cancel)
            .Select(group => Line(group.Key.Name, group.Key.Type, group.Key.Flavour, group.Key.Delegated, [.. group]))
            .OrderBy(line => line.Operator, StringComparer.Ordinal).ThenBy(line => line.Type, StringComparer.Ordinal).ThenByDescending(line => line.Flavour == "ref").ThenBy(line => line.Flavour, StringComparer.Ordinal).ThenBy(line => line.Delegated),
    ];

    /// <summary>Operators of float32 with int8 weights are operators of their own: a profile may have an arithmetic for the one and none for the other.</summary>
    private static string TypeOf(OperatorCase one) =>
        one.Inputs is [{ Type: TensorType.Float32 }, { Type: TensorType.Int8 }, ..] ? "float32 with int8 weights" : one.Output.Type.Lower();

    private static FingerprintLine Line(string name, string type, Flavour flavour, bool delegated, CaseOutcome[] outcomes)
    {
        Trial[] tried = [.. KnownProfiles.All.Select(profile => Try(profile, delegated, outcomes)).Where(one => one.Elements > 0)];
        Trial[] following = [.. tried.Where(one => one.Differing == 0).OrderByDescending(one => one.Elements).ThenBy(one => one.IsBounded)];
        Profile[] fitting = [.. following.Select(one => one.Profile)];
        return new(
            name, type, flavour.ToString().ToLowerInvariant(), delegated, outcomes.Length,
            outcomes.Sum(outcome => outcome.Oracle.Sum(value => (long)value.Shape.Elements)), [.. fitting.Select(profile => profile.Name)],
            [.. following.Where(one => one.IsBounded).Select(one => one.Profile.Name)],
            fitting.Length == 0 ? "" : Words(fitting[0], delegated, outcomes),
            tried.Where(one => one.Differing > 0).ToImmutableSortedDictionary(one => one.Profile.Name, one => one.Differing));
    }

    /// <summary>What a profile made of the elements that it computes.</summary>
    private sealed record Trial(Profile Profile, long Elements, long Differing, bool IsBounded);

    private static Trial Try(Profile profile, bool delegated, CaseOutcome[] outcomes)
    {
        (long elements, long differing, bool isBounded) = (0, 0, false);
        foreach (CaseOutcome outcome in outcomes)
        {
            CaseModel model = CaseModel.Of([outcome.Case]);
            ReferencePipeline reference = new(model.Graph, profile, delegated ? [.. model.Graph.Outputs] : ImmutableHashSet<TensorIndex>.Empty);
            OperatorResult result = reference.Run(new LayerIndex(0), ValueOf);
            if (result.Reason is not null)
                continue;
            foreach ((int output, (TensorValue expected, TensorValue actual)) in outcome.Oracle.Zip(result.Outputs.AddRange(result.States)).Index())
            {
                ErrorBound? bound = reference.BoundOf(new LayerIndex(0), output, ValueOf);
                isBounded |= bound is not null;
                if (TensorComparer.Compare(expected, actual, null, FloatBound.Of(bound)) is Metrics metrics)
                    (elements, differing) = (elements + metrics.Elements, differing + metrics.Beyond);
            }

            TensorValue? ValueOf(TensorIndex tensor) => outcome.States.GetValueOrDefault(model.Graph.Operators[0].Inputs.IndexOf(tensor)) ?? model.Input.Tensors.Given(tensor);
        }
        return new(profile, elements, differing, isBounded);
    }

    /// <summary>The parameter records that the cases were computed with, each once.</summary>
    private static string Words(Profile profile, bool delegated, CaseOutcome[] outcomes) => string.Join("; ", outcomes.Select(outcome =>
    {
        Graph graph = CaseModel.Of([outcome.Case]).Graph;
        try
        {
            return ArithmeticFields.Spell(profile.ArithmeticOf(new(graph, graph.Operators[0]), delegated));
        }
        catch (NotComputableException)
        {
            return null;
        }
    }).OfType<string>().Distinct());

    /// <summary>The file in which a runtime's fingerprint is kept: of the library's bytes and of everything that it was compared with.</summary>
    private static string CachePath(RuntimeDescription runtime)
    {
        string known = string.Join('\n', KnownProfiles.All.Select(profile => profile.Hash).Append(CpuDescription.Current).Append(typeof(Fingerprinting).Assembly.ManifestModule.ModuleVersionId.ToString()));
        string key = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(known)))[..16];
        string cache = Environment.GetEnvironmentVariable("XDG_CACHE_HOME") is { Length: > 0 } named ? named
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".cache");
        return Path.Combine(cache, "offbyn", "fingerprints", string.Create(CultureInfo.InvariantCulture, $"{runtime.LibrarySha256}-{key}.json"));
    }

    /// <summary>What was found before of the same library, on the same processor, by this build; null when nothing was, or it cannot be read.</summary>
    public static Fingerprint? Cached(RuntimeDescription runtime)
    {
        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(CachePath(runtime)), FingerprintJson.Default.Fingerprint);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            return null;
        }
    }

    /// <summary>Keeps a fingerprint for the next time, where that can be written.</summary>
    public static void Keep(Fingerprint fingerprint)
    {
        string path = CachePath(fingerprint.Runtime);
        try
        {
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            AtomicFile.Write(path, JsonSerializer.SerializeToUtf8Bytes(fingerprint, FingerprintJson.Default.Fingerprint));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or UserErrorException)
        {
            // It is found again next time.
        }
    }
}

[JsonSerializable(typeof(Fingerprint))]
internal sealed partial class FingerprintJson : JsonSerializerContext;
