using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;

namespace OffByN.Reference.Operators;

/// <summary>RESHAPE: a copy of the bytes.</summary>
public sealed class Reshape(PreparedReshape reshape) : IReferenceOperator<PreparedReshape>
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs) => inputs[0].CopyTo(outputs[0]);

    public override string ToString() => reshape.Operator.Name;
}
