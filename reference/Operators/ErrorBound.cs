using System.Collections.Immutable;
using OffByN.Arithmetic;

namespace OffByN.Reference.Operators;

/// <summary>How far an output of TFLite may be from the reference's where its arithmetic is not known to the bit.</summary>
/// <param name="Formula">The bound as reports print it.</param>
/// <param name="Slack">Largest |difference| of each element, row-major, in real units; infinity where TFLite writes nothing.</param>
public sealed record ErrorBound(string Formula, ImmutableArray<double> Slack);

/// <summary>An operator some of whose results are known up to a bound (<see cref="PreparedOperator.IsExact"/>), or not at all.</summary>
public interface IBoundedOperator : IReferenceOperator
{
    /// <summary>The bound on the difference of two right computations of an output from these inputs; null where there is but one right result.</summary>
    ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs);
}
