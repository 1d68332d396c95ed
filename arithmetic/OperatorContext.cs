using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Model;

namespace OffByN.Arithmetic;

/// <summary>An operator and its graph, with the checks that every family makes when it is prepared.</summary>
public sealed record OperatorContext(Graph Graph, Operator Operator)
{
    /// <summary>The operator's options.</summary>
    /// <exception cref="NotComputableException">They are missing or of another kind.</exception>
    public T Options<T>()
        where T : OperatorOptions =>
        Operator.Options as T ?? throw new NotComputableException(
            $"{Operator.Name} needs {typeof(T).Name}, the file has {Operator.Options?.GetType().Name ?? "none"}");

    /// <summary>The input at a position, or null where it is optional and not given.</summary>
    public TensorInfo? OptionalInput(int position) =>
        position >= Operator.Inputs.Length || Operator.Inputs[position].IsNone ? null
            : UnpackedConstants.Of(Graph).TryGetValue(Operator.Inputs[position], out TensorInfo? unpacked) ? unpacked : Graph[Operator.Inputs[position]];

    /// <exception cref="NotComputableException">The input is not given.</exception>
    public TensorInfo Input(int position) => Modelled(OptionalInput(position)
        ?? throw new NotComputableException($"{Operator.Name} needs input {position}"));

    /// <exception cref="NotComputableException">The operator has no output at that position.</exception>
    public TensorInfo Output(int position) => Modelled(position < Operator.Outputs.Length
        ? Graph[Operator.Outputs[position]]
        : throw new NotComputableException($"{Operator.Name} needs output {position}"));

    /// <summary>
    /// An input whose value must be known before the operator runs, as codes or integers: a constant of the file, what DEQUANTIZE makes of one
    /// (<see cref="UnpackedConstants"/>), or an operand that a run has told.
    /// </summary>
    public TensorInfo Constant(int position)
    {
        TensorInfo tensor = Input(position);
        return tensor.IsConstant || !tensor.Data.IsEmpty ? tensor : throw new NotComputableException(
            $"input {position} ({tensor.Name}) is computed at run time, expected a constant");
    }

    /// <summary>
    /// Inputs that must be all variable tensors of this operator, and no other's: whoever else changed one would leave it otherwise than it was before the run.
    /// </summary>
    public ImmutableArray<TensorInfo> States(params ReadOnlySpan<int> positions)
    {
        ImmutableArray<TensorInfo>.Builder states = ImmutableArray.CreateBuilder<TensorInfo>(positions.Length);
        foreach (int position in positions)
        {
            TensorInfo state = Input(position);
            if (!state.IsVariable)
                throw new NotComputableException($"input {position} ({state.Name}) is no variable tensor, expected a state");
            if (Graph.Operators.FirstOrDefault(op => op.Index != Operator.Index && op.Inputs.Contains(state.Index)) is { } other)
                throw new NotComputableException($"its state, tensor {state.Index} ({state.Name}), is an input of operator {other.Index} too");
            states.Add(state);
        }
        return Graph.StatesOf(Operator).SequenceEqual(states) ? states.MoveToImmutable()
            : throw new NotComputableException("other inputs than its states are variable tensors");
    }

    /// <summary>The quantization of a tensor that must have one.</summary>
    public static Quantization Quantized(TensorInfo tensor) => tensor.Quantization
        ?? throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) has no quantization");

    /// <summary>A shape of the given rank.</summary>
    public static Shape Ranked(TensorInfo tensor, int rank) => tensor.Shape!.Count == rank ? tensor.Shape
        : throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) is {tensor.Shape}, expected {rank} dimensions");

    /// <summary>Requires one of the given types.</summary>
    public static void Typed(TensorInfo tensor, params ReadOnlySpan<TensorType> types)
    {
        if (!types.Contains(tensor.Type))
            throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}) is {tensor.Type.Lower()}, which is not implemented for this operator");
    }

    /// <summary>Requires the shape that the operator computes.</summary>
    public static void Shaped(TensorInfo tensor, IReadOnlyList<int> expected)
    {
        if (!tensor.Shape!.SequenceEqual(expected))
            throw new NotComputableException(
                $"tensor {tensor.Index} ({tensor.Name}) is declared {tensor.Shape}, the operator computes {(expected.Count == 0 ? "scalar" : string.Join('x', expected))}");
    }

    /// <summary>The values of a constant int32 tensor.</summary>
    public static ImmutableArray<int> Integers(TensorInfo tensor)
    {
        Typed(tensor, TensorType.Int32);
        return [.. MemoryMarshal.Cast<byte, int>(tensor.Data.Span)];
    }

    /// <summary>The values of a constant int32 or int64 tensor; what int32 cannot hold is saturated.</summary>
    public ImmutableArray<int> IntegersOf(int position)
    {
        TensorInfo tensor = Constant(position);
        Typed(tensor, TensorType.Int32, TensorType.Int64);
        return tensor.Type == TensorType.Int32 ? Integers(tensor)
            : [.. MemoryMarshal.Cast<byte, long>(tensor.Data.Span).ToArray().Select(int.CreateSaturating)];
    }

    /// <summary>As <see cref="IntegersOf(int)"/>, of a tensor that must have <paramref name="count"/> values.</summary>
    public ImmutableArray<int> IntegersOf(int position, int count)
    {
        ImmutableArray<int> values = IntegersOf(position);
        return values.Length == count ? values
            : throw new NotComputableException($"input {position} ({Input(position).Name}) has {values.Length} values, expected {count}");
    }

    /// <summary>An axis of a tensor of that rank, where a negative one counts from behind.</summary>
    public static int Axis(int axis, int rank)
    {
        int counted = axis < 0 ? axis + rank : axis;
        return counted >= 0 && counted < rank ? counted : throw new NotComputableException($"axis {axis} of {rank} dimensions");
    }

    private static TensorInfo Modelled(TensorInfo tensor)
    {
        if (tensor.Note is not null || tensor.Shape is null)
            throw new NotComputableException($"tensor {tensor.Index} ({tensor.Name}): {tensor.Note ?? "shape unknown before the run"}");
        return tensor;
    }
}
