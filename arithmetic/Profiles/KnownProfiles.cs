using System.Collections.Immutable;
using OffByN.Model;

namespace OffByN.Arithmetic.Profiles;

/// <summary>All profiles that this program knows.</summary>
public static class KnownProfiles
{
    public static readonly ImmutableArray<Profile> All = [LiteRt.Ref, LiteRt.Opt, LiteRt.Xnn];

    /// <exception cref="UserErrorException">There is none of that name; the message lists the names.</exception>
    public static Profile Named(string name) => All.FirstOrDefault(profile => profile.Name == name)
        ?? throw new UserErrorException($"profile {Printable.Of(name)} is not known, expected one of {string.Join(", ", All.Select(profile => profile.Name))}");
}
