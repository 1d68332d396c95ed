using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Stress.Cases;
using OffByN.Kernels;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Stress.Evidence;

/// <summary>How far results of one operator, type and profile can be relied on.</summary>
public enum Reliance
{
    /// <summary>It is not computed, with a reason: its arithmetic is unknown, or there is no implementation.</summary>
    Unknown,

    /// <summary>The runtime itself does not take it.</summary>
    Refused,

    /// <summary>Some of its cases are computed; the others are not, with a reason.</summary>
    Partly,

    /// <summary>Within a stated bound of the oracle's floats.</summary>
    Bounded,

    /// <summary>Equal to the last bit.</summary>
    Exact,
}

/// <summary>One cell of the exactness table.</summary>
/// <param name="Type">Of the output.</param>
public sealed record ExactnessKey(string Operator, string Type, string Profile);

/// <summary>What the code claims: which operators are computed exactly, in which profile, by the reference and by the OpenCL kernels.</summary>
public static class Exactness
{
    private const int CasesPerFamily = 24;

    /// <summary>The claims for every operator and type of which there are generated cases.</summary>
    public static ImmutableSortedDictionary<ExactnessKey, (Reliance Reference, Reliance OpenCl)> Claims()
    {
        var found = OperatorCases.Names.AsParallel()
            .SelectMany(family => Enumerable.Range(0, CasesPerFamily).SelectMany(number => Claims(OperatorCases.Make(family, number))))
            .GroupBy(claim => claim.Key);
        return found.ToImmutableSortedDictionary(
            group => group.Key, group => (Together(group.Select(claim => claim.Reference)), Together(group.Select(claim => claim.OpenCl))),
            Comparer<ExactnessKey>.Create((a, b) => (a.Operator, a.Type, a.Profile).CompareTo((b.Operator, b.Type, b.Profile))));
    }

    private static IEnumerable<(ExactnessKey Key, Reliance Reference, Reliance OpenCl)> Claims(OperatorCase one)
    {
        Graph graph = CaseModel.Of([one]).Graph;
        Operator op = graph.Operators[0];
        foreach (Profile profile in KnownProfiles.All)
        {
            ExactnessKey key = new(op.Name, graph[op.Outputs[0]].Type.Lower(), profile.Name);
            Reliance reference = Reliance.Unknown, opencl = Reliance.Unknown;
            bool delegated = profile.LikelyDelegated(graph).Count > 0;
            if (profile.Refuses(new(graph, op), delegated))
            {
                yield return (key, Reliance.Refused, Reliance.Refused);
                continue;
            }
            try
            {
                PreparedOperator prepared = Preparation.Of(graph, op, profile, delegated);
                _ = ReferenceOperators.Create(prepared);
                reference = prepared.IsExact ? Reliance.Exact : Reliance.Bounded;
                opencl = KernelSupport.Obstacle(prepared) is not null ? Reliance.Unknown : prepared.CallsLibrary ? Reliance.Bounded : reference;
            }
            catch (NotComputableException)
            {
                // Unknown it stays.
            }
            yield return (key, reference, opencl);
        }
    }

    private static Reliance Together(IEnumerable<Reliance> cases)
    {
        Reliance[] all = [.. cases.Distinct()], distinct = all.Length == 1 ? all : [.. all.Where(reliance => reliance != Reliance.Refused)];
        return distinct.Length == 1 ? distinct[0] : distinct.Contains(Reliance.Unknown) ? Reliance.Partly : Reliance.Bounded;
    }

    /// <summary>A table of one line for each operator and type, and one column for each profile: what is claimed, and how many elements were seen equal.</summary>
    /// <param name="claims">What the code claims.</param>
    /// <param name="verified">Elements that were compared with the oracle and did not differ, where any were.</param>
    public static string Markdown(IReadOnlyDictionary<ExactnessKey, Reliance> claims, IReadOnlyDictionary<ExactnessKey, long> verified)
    {
        string[] profiles = [.. KnownProfiles.All.Select(profile => profile.Name)];
        StringBuilder text = new();
        text.AppendLine(CultureInfo.InvariantCulture, $"| operator | type | {string.Join(" | ", profiles)} |");
        text.AppendLine(CultureInfo.InvariantCulture, $"|---|---|{string.Concat(profiles.Select(_ => "---|"))}");
        foreach (var line in claims.Keys.GroupBy(key => (key.Operator, key.Type)).OrderBy(line => line.Key))
            text.AppendLine(CultureInfo.InvariantCulture, $"| {line.Key.Operator} | {line.Key.Type} | {string.Join(" | ", profiles.Select(profile => Cell(new(line.Key.Operator, line.Key.Type, profile))))} |");
        return text.ToString();

        string Cell(ExactnessKey key) => claims.GetValueOrDefault(key) switch
        {
            Reliance.Unknown => "-",
            var reliance => verified.TryGetValue(key, out long elements)
                ? string.Create(CultureInfo.InvariantCulture, $"{Word(reliance)} {elements:N0}") : Word(reliance),
        };
    }

    /// <summary>The claims that a table written by <see cref="Markdown"/> makes; unknown ones are left out.</summary>
    public static ImmutableDictionary<ExactnessKey, Reliance> Parse(string markdown)
    {
        ImmutableDictionary<ExactnessKey, Reliance>.Builder claims = ImmutableDictionary.CreateBuilder<ExactnessKey, Reliance>();
        string[] profiles = [];
        foreach (string line in markdown.Split('\n').Where(line => line.StartsWith('|')))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
            if (cells[0] == "operator")
                profiles = cells[2..];
            foreach ((string profile, string cell) in profiles.Zip(cells.Skip(2)))
            {
                if (Enum.TryParse(cell.Split(' ')[0], ignoreCase: true, out Reliance reliance) && reliance != Reliance.Unknown)
                    claims[new(cells[0], cells[1], profile)] = reliance;
            }
        }
        return claims.ToImmutable();
    }

    private static string Word(Reliance reliance) => reliance.ToString().ToLowerInvariant();
}
