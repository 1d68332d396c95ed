using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Reference;

/// <summary>The outcome of running one operator: its outputs in order and its states after the run, or the reason why there are none.</summary>
public readonly record struct OperatorResult(ImmutableArray<TensorValue> Outputs, ImmutableArray<TensorValue> States, string? Reason)
{
    /// <summary>An output, or behind the outputs a state.</summary>
    public TensorValue this[int position] => position < Outputs.Length ? Outputs[position] : States[position - Outputs.Length];

    public static OperatorResult Not(string reason) => new([], [], reason);
}

/// <summary>
/// A model prepared for one profile, operator by operator. Weights are packed on an operator's first run. Safe for use by several threads.
/// </summary>
public sealed class ReferencePipeline
{
    private readonly ImmutableArray<Lazy<(PreparedOperator? Prepared, IReferenceOperator? Run, string? Reason)>> operators;

    /// <param name="graph">The model.</param>
    /// <param name="profile">What is to be reproduced.</param>
    /// <param name="delegated">Outputs of the operators that the runtime gave to its delegate.</param>
    public ReferencePipeline(Graph graph, Profile profile, IReadOnlySet<TensorIndex> delegated)
    {
        Graph = graph;
        operators = [.. graph.Operators.Select(op => new Lazy<(PreparedOperator?, IReferenceOperator?, string?)>(() =>
        {
            try
            {
                PreparedOperator prepared = Preparation.Of(graph, op, profile, op.Outputs.Any(delegated.Contains));
                return (prepared, ReferenceOperators.Create(prepared), null);
            }
            catch (NotComputableException unknown)
            {
                return (null, null, unknown.Message);
            }
        }))];
    }

    public Graph Graph { get; }

    /// <summary>Why an operator cannot be computed; null when it can.</summary>
    public string? Obstacle(LayerIndex layer) => operators[layer.Value].Value.Reason;

    /// <summary>An operator with its numbers; null when it cannot be computed.</summary>
    public PreparedOperator? Prepared(LayerIndex layer) => operators[layer.Value].Value.Prepared;

    /// <summary>Runs one operator on the given values of its inputs. A missing or misfitting value is a reason, not an exception.</summary>
    public OperatorResult Run(LayerIndex layer, Func<TensorIndex, TensorValue?> valueOf)
    {
        (PreparedOperator? prepared, IReferenceOperator? run, string? reason) = operators[layer.Value].Value;
        if (prepared is null || run is null)
            return OperatorResult.Not(reason!);
        (ImmutableArray<ReadOnlyMemory<byte>> inputs, string? misfit) = InputsOf(prepared, valueOf);
        if (misfit is not null)
            return OperatorResult.Not(misfit);
        ImmutableArray<(TensorValue Value, Memory<byte> Buffer)> results = [.. prepared.Results.Select(output =>
        {
            byte[] buffer = GC.AllocateUninitializedArray<byte>((int)output.Type.Bytes(output.Shape!.Elements));
            return (new TensorValue(output.Type, output.Shape, buffer), (Memory<byte>)buffer);
        })];
        run.Run(prepared.FlushesSubnormals ? [.. inputs.Zip(prepared.Inputs, Flushed)] : inputs, [.. results.Select(result => result.Buffer)]);
        if (prepared.FlushesSubnormals)
        {
            foreach ((TensorValue value, Memory<byte> buffer) in results.Where(result => result.Value.Type == TensorType.Float32))
                Subnormal.Flush(MemoryMarshal.Cast<byte, float>(buffer.Span));
        }
        int outputs = prepared.Outputs.Length;
        return new([.. results.Take(outputs).Select(result => result.Value)], [.. results.Skip(outputs).Select(result => result.Value)], null);
    }

    /// <summary>
    /// How far an output computed from these inputs may be from <see cref="Run"/>'s and still be right; null where it must be equal, or the operator cannot be computed. Where an input is
    /// missing that a bound is made of, none is known.
    /// </summary>
    /// <param name="ownFunctions">Whether what computed it has exponentials, logarithms, sines and the like of its own in place of the C library's.</param>
    public ErrorBound? BoundOf(LayerIndex layer, int output, Func<TensorIndex, TensorValue?> valueOf, bool ownFunctions = false)
    {
        if (operators[layer.Value].Value is not { Prepared: { } prepared, Run: IBoundedOperator bounded })
            return null;
        (ImmutableArray<ReadOnlyMemory<byte>> inputs, string? misfit) = InputsOf(prepared, valueOf);
        return misfit is null ? bounded.BoundOf(output, inputs, ownFunctions)
            : prepared.EndsChain(ownFunctions) ? ErrorBound.None(prepared.Results[output].Shape!.Elements, $"no bound is known: {misfit}") : null;
    }

    private static ReadOnlyMemory<byte> Flushed(ReadOnlyMemory<byte> values, TensorInfo tensor)
    {
        if (tensor.Type != TensorType.Float32)
            return values;
        byte[] flushed = values.ToArray();
        Subnormal.Flush(MemoryMarshal.Cast<byte, float>(flushed.AsSpan()));
        return flushed;
    }

    private static (ImmutableArray<ReadOnlyMemory<byte>> Inputs, string? Misfit) InputsOf(PreparedOperator prepared, Func<TensorIndex, TensorValue?> valueOf)
    {
        ImmutableArray<ReadOnlyMemory<byte>>.Builder inputs = ImmutableArray.CreateBuilder<ReadOnlyMemory<byte>>(prepared.Inputs.Length);
        foreach (TensorInfo input in prepared.Inputs)
        {
            TensorValue? value = input.IsConstant ? new(input.Type, input.Shape!, input.Data) : valueOf(input.Index);
            if (value is null)
                return ([], $"its input, tensor {input.Index} ({input.Name}), is missing");
            if (value.Type != input.Type || !value.Shape.Equals(input.Shape))
                return ([], $"its input, tensor {input.Index} ({input.Name}), is {value.Type.Lower()} {value.Shape}, expected {input.Type.Lower()} {input.Shape}");
            inputs.Add(value.Data);
        }
        return (inputs.MoveToImmutable(), null);
    }
}
