using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;

namespace OffByN.Reference.Oracles;

/// <summary>The profile of a runtime in a flavour.</summary>
public static class RuntimeProfiles
{
    /// <summary>The name under which it is known, if it is.</summary>
    public static string NameOf(string runtime, string version, Flavour flavour) => $"{runtime}-{version}/{flavour.ToString().ToLowerInvariant()}";

    /// <param name="oracle">Runtime and version, as <see cref="IOracle.Name"/> has them: <c>litert@2.3.0</c>.</param>
    /// <inheritdoc cref="NameOf(string, string, Flavour)"/>
    public static string NameOf(string oracle, Flavour flavour) => $"{oracle.Replace('@', '-')}/{flavour.ToString().ToLowerInvariant()}";

    /// <summary>Null where nobody has examined it.</summary>
    public static Profile? Find(string oracle, Flavour flavour) => KnownProfiles.Find(NameOf(oracle, flavour));

    /// <inheritdoc cref="Find(string, Flavour)"/>
    public static Profile? Find(string runtime, string version, Flavour flavour) => KnownProfiles.Find(NameOf(runtime, version, flavour));
}
