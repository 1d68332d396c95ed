using System.Collections.Immutable;
using System.Numerics;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>An operator on numbers of any type, whose loop is compiled for each.</summary>
/// <param name="elements">The type of its elements: a float, or an integer of 8 to 64 bits.</param>
public abstract class NumberOperator(TensorType elements) : IReferenceOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        switch (elements)
        {
            case TensorType.Float32:
                Run<float>(inputs, outputs);
                break;
            case TensorType.Int64:
                Run<long>(inputs, outputs);
                break;
            case TensorType.Int32:
                Run<int>(inputs, outputs);
                break;
            case TensorType.Int16:
                Run<short>(inputs, outputs);
                break;
            case TensorType.Int8:
                Run<sbyte>(inputs, outputs);
                break;
            default:
                Run<byte>(inputs, outputs);
                break;
        }
    }

    /// <inheritdoc cref="IReferenceOperator.Run"/>
    protected abstract void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
        where T : unmanaged, INumber<T>, IMinMaxValue<T>;
}

/// <summary>An operator on codes, whose loop is compiled for each of their types.</summary>
/// <param name="codes">uint8, int8 or int16.</param>
public abstract class CodeOperator(TensorType codes) : IReferenceOperator
{
    public void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        switch (codes)
        {
            case TensorType.Int16:
                Run<short>(inputs, outputs);
                break;
            case TensorType.Int8:
                Run<sbyte>(inputs, outputs);
                break;
            default:
                Run<byte>(inputs, outputs);
                break;
        }
    }

    /// <inheritdoc cref="IReferenceOperator.Run"/>
    protected abstract void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
        where T : unmanaged, IBinaryInteger<T>;
}
