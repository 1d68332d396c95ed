using System.Collections.Immutable;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Policy;

/// <summary>
/// Reads <c>offbyn.yaml</c>; <c>docs/policy.md</c> describes it key by key. What it does not know is an error: a misspelled allowance must not become a gate that
/// nobody asked for, nor a misspelled gate none.
/// </summary>
public static class PolicyFile
{
    /// <exception cref="UserErrorException">The file cannot be read, or says something that is not understood; the message tells the line.</exception>
    public static VerificationPolicy Read(string path) => Of(YamlDocument.Read(path));

    /// <inheritdoc cref="Read"/>
    public static VerificationPolicy Parse(string text, string file) => Of(YamlDocument.Parse(text, file));

    private static VerificationPolicy Of(YamlMap root)
    {
        root.With("flavours", "coverage", "accuracy", "allow");
        return new()
        {
            Flavours = FlavoursOf(root.List("flavours")),
            Coverage = root.Members.GetValueOrDefault("coverage") is YamlList rules
                ? [.. rules.Items.Select(item => CoverageOf(item as YamlMap ?? throw item.Error("a rule of 'coverage' expects keys and values.")))]
                : root.Map("coverage") is { } only ? [CoverageOf(only)] : [],
            Accuracy = root.Map("accuracy") is { } accuracy ? AccuracyOf(accuracy) : null,
            Allowances = [.. root.List("allow").Select(item => AllowanceOf(item as YamlMap ?? throw item.Error("an allowance expects keys and values.")))],
        };
    }

    /// <summary>A list of flavours is for every model; a list of rules says which are for which.</summary>
    private static ImmutableArray<FlavourRule> FlavoursOf(IReadOnlyList<YamlValue> items) => items switch
    {
        [] => [],
        [YamlMap, ..] => [.. items.Select(item => RuleOf(item as YamlMap ?? throw item.Error("'flavours' expects names, or rules with 'model' and 'accept', not both.")))],
        _ => [new(null, [.. items.Select(FlavourOf)])],
    };

    private static FlavourRule RuleOf(YamlMap map)
    {
        map.With("model", "accept");
        ImmutableArray<Flavour> accepted = [.. map.List("accept").Select(FlavourOf)];
        return accepted.IsEmpty ? throw map.Error("a rule of 'flavours' expects 'accept', a list of ref, opt and xnn.") : new(Pattern(map, "model"), accepted);
    }

    private static Flavour FlavourOf(YamlValue item) => item is YamlText text && Enum.TryParse(text.Value, ignoreCase: true, out Flavour flavour) && Enum.IsDefined(flavour)
        ? flavour
        : throw item.Error("'flavours' expects ref, opt or xnn.");

    private static CoverageRule CoverageOf(YamlMap map)
    {
        map.With("model", "operator", "layer", "min", "reason", "expires");
        bool isForSome = map.Members.ContainsKey("operator") || map.Members.ContainsKey("layer");
        decimal min = map.Number("min", 0, 1) is { } share && (share > 0 || isForSome)
            ? share
            : throw map.Error("'coverage' expects 'min', the share of operator outputs that must be compared: at most 1, and more than 0 unless 'operator' or 'layer' says which.");
        return new(min, Grounds(map) with { Model = Pattern(map, "model"), Operator = Pattern(map, "operator"), Layer = Pattern(map, "layer") });
    }

    private static AccuracyRule AccuracyOf(YamlMap map)
    {
        map.With("output", "minTop1Agreement", "maxAccuracyDrop");
        AccuracyRule rule = new(Pattern(map, "output"), map.Number("minTop1Agreement", 0, 1), map.Number("maxAccuracyDrop", 0, 1));
        return rule is { MinTop1Agreement: null, MaxAccuracyDrop: null } ? throw map.Error("'accuracy' expects minTop1Agreement or maxAccuracyDrop.") : rule;
    }

    private static Allowance AllowanceOf(YamlMap map)
    {
        map.With("model", "operator", "layer", "maxOffBy", "maxShare", "minCosine", "reason", "expires");
        Allowance allowance = Grounds(map) with
        {
            Model = Pattern(map, "model"),
            Operator = Pattern(map, "operator"),
            Layer = Pattern(map, "layer"),
            MaxOffBy = map.Integer("maxOffBy"),
            MaxShare = map.Number("maxShare", 0, 1),
            MinCosine = (double?)map.Number("minCosine", -1, 1),
        };
        return allowance is { MaxOffBy: null, MaxShare: null, MinCosine: null }
            ? throw map.Error("an allowance expects a bound: maxOffBy, maxShare or minCosine.")
            : allowance;
    }

    private static Allowance Grounds(YamlMap map) => new(
        $"{map.File}:{map.Line}",
        map.Text("reason") is { } reason && !string.IsNullOrWhiteSpace(reason) ? reason : throw map.Error("expected a 'reason': why is this allowed?"),
        map.Date("expires"));

    private static NamePattern? Pattern(YamlMap map, string key) => map.Text(key) is { } text ? new NamePattern(text) : null;
}
