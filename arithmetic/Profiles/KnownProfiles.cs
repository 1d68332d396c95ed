using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Profiles;

/// <summary>All profiles that this program knows, by the name of runtime, version and flavour: <c>litert-2.3.0/ref</c>.</summary>
public static class KnownProfiles
{
    public static readonly ImmutableArray<Profile> All = [LiteRt.Ref, LiteRt.Opt, LiteRt.Xnn, Native.Opt, Native.Xnn];

    /// <summary>Null when nothing is known of that runtime: its operators are then not computed, never guessed.</summary>
    public static Profile? Find(string name) => All.FirstOrDefault(profile => profile.Name == name);

    /// <exception cref="UserErrorException">There is none of that name; the message lists the names.</exception>
    public static Profile Named(string name) => Find(name)
        ?? throw new UserErrorException($"profile {Printable.Of(name)} is not known, expected one of {string.Join(", ", All.Select(profile => profile.Name))}");
}
