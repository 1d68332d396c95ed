namespace OffByN.Harness.Policy;

public enum FindingKind
{
    /// <summary>Something beyond the operator outputs fails the report.</summary>
    Fails,

    /// <summary>Something that the policy asks for was not compared.</summary>
    NotCompared,

    /// <summary>An allowance is past its day, and allows nothing any more.</summary>
    Expired,

    /// <summary>An allowance that nothing needed: it can go.</summary>
    Unused,

    /// <summary>The candidate is better than the baseline, which can be tightened.</summary>
    Loose,

    /// <summary>What happened to the baseline's file.</summary>
    Baseline,
}

/// <summary>Something to say of the policy or the baseline; <see cref="Text"/> is a sentence for people.</summary>
public sealed record Finding(FindingKind Kind, string Text);
