using System.Collections.Immutable;

namespace OffByN.Arithmetic.Profiles;

/// <summary>The profiles that are known, by the name of runtime, version and flavour: <c>litert-2.3.0/ref</c>.</summary>
public static class KnownProfiles
{
    private static readonly ImmutableDictionary<string, Profile> ByName =
        new[] { LiteRt.Ref, LiteRt.Opt, LiteRt.Xnn }.ToImmutableDictionary(profile => profile.Name);

    /// <summary>Null when nothing is known of that runtime: its operators are then not computed, never guessed.</summary>
    public static Profile? Named(string name) => ByName.GetValueOrDefault(name);
}
