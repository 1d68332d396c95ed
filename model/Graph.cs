using System.Collections.Immutable;

namespace OffByN.Model;

/// <summary>Position of a tensor in its subgraph, as in the file. An optional input that is not given is <see cref="None"/>.</summary>
public readonly record struct TensorIndex(int Value)
{
    public static readonly TensorIndex None = new(-1);

    public bool IsNone => Value < 0;

    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>Position of an operator in its subgraph, as in the file: "layer 7" is the eighth operator.</summary>
public readonly record struct LayerIndex(int Value)
{
    public override string ToString() => Value.ToString(System.Globalization.CultureInfo.InvariantCulture);
}

/// <summary>
/// Affine quantization: real = scale * (code - zero point). One scale is per-tensor; several are per-channel along
/// <paramref name="Dimension"/>. Both arrays have the same length, at least 1; scales are finite and greater than 0.
/// </summary>
public sealed record Quantization(ImmutableArray<float> Scales, ImmutableArray<int> ZeroPoints, int Dimension)
{
    public bool IsPerChannel => Scales.Length > 1;

    /// <summary>The scale of a per-tensor quantization; the first of a per-channel one.</summary>
    public float Scale => Scales[0];

    /// <summary>The zero point of a per-tensor quantization; the first of a per-channel one.</summary>
    public int ZeroPoint => ZeroPoints[0];
}

/// <summary>
/// A tensor as the file declares it. <see cref="Data"/> holds the bytes of a constant (little endian, row-major) and is empty for
/// an activation whose value only a run tells. <see cref="Shape"/> is null when the file leaves it unknown until run time; <see cref="Note"/> then, or wherever
/// the declaration is legal but beyond what is modelled (sparse, block-wise quantized, elements without a fixed size), says what was
/// found. int4 data are unpacked to one signed code a byte; the type stays <see cref="TensorType.Int4"/>.
/// </summary>
public sealed record TensorInfo
{
    public required TensorIndex Index { get; init; }

    public required string Name { get; init; }

    public required TensorType Type { get; init; }

    public required Shape? Shape { get; init; }

    public Quantization? Quantization { get; init; }

    public ReadOnlyMemory<byte> Data { get; init; }

    /// <summary>Of a sparse constant, whose <see cref="Data"/> are only some of its elements, as the file stores them; <see cref="Note"/> says so.</summary>
    public Sparsity? Sparsity { get; init; }

    /// <summary>True when the file stores the tensor's value, or nothing computes it and it has no elements.</summary>
    public bool IsConstant { get; init; }

    /// <summary>True for state that lives on from one run to the next (SVDF, LSTM).</summary>
    public bool IsVariable { get; init; }

    public string? Note { get; init; }
}

/// <summary>One operator. <see cref="Options"/> is null when the file has none or when their kind is not one that is read.</summary>
public sealed record Operator
{
    public required LayerIndex Index { get; init; }

    public required BuiltinOperator Code { get; init; }

    /// <summary>Name of a custom operator; null for a builtin one.</summary>
    public string? CustomCode { get; init; }

    public int Version { get; init; } = 1;

    public required ImmutableArray<TensorIndex> Inputs { get; init; }

    public required ImmutableArray<TensorIndex> Outputs { get; init; }

    /// <summary>Tensors that hold no values but the quantization of intermediate results (integer LSTM); empty otherwise.</summary>
    public ImmutableArray<TensorIndex> Intermediates { get; init; } = [];

    public OperatorOptions? Options { get; init; }

    /// <summary>The payload of a custom operator (FlexBuffers); empty otherwise.</summary>
    public ReadOnlyMemory<byte> CustomOptions { get; init; }

    /// <summary>The name in the schema's spelling: <c>CONV_2D</c>; a custom operator's own name for a custom one.</summary>
    public string Name => CustomCode ?? Code.SchemaName();
}

/// <summary>
/// Subgraph 0 of a .tflite model, checked: every index is in range, every constant has as many bytes as its type and shape ask for,
/// and an operator's inputs are graph inputs, constants, variables, or outputs of operators before it.
/// </summary>
public sealed record Graph
{
    /// <summary>Name for messages and reports; the file's path as the user gave it.</summary>
    public required string Path { get; init; }

    /// <summary>Lower-case hexadecimal sha256 of the file's bytes.</summary>
    public required string Sha256 { get; init; }

    public required ImmutableArray<TensorInfo> Tensors { get; init; }

    public required ImmutableArray<Operator> Operators { get; init; }

    public required ImmutableArray<TensorIndex> Inputs { get; init; }

    public required ImmutableArray<TensorIndex> Outputs { get; init; }

    /// <summary>Subgraphs in the file; only the first is modelled, the others belong to control flow.</summary>
    public int Subgraphs { get; init; } = 1;

    public string Description { get; init; } = "";

    public TensorInfo this[TensorIndex index] => Tensors[index.Value];

    /// <summary>
    /// The variable tensors that a recurrent operator leaves changed, in the order of its inputs. One that several operators share is the last one's, whose value it has
    /// after the run.
    /// </summary>
    public ImmutableArray<TensorInfo> StatesOf(Operator op) => !op.Code.IsRecurrent() ? [] :
    [
        .. op.Inputs.Where(tensor => !tensor.IsNone && this[tensor].IsVariable && !Operators.Skip(op.Index.Value + 1).Any(later => later.Code.IsRecurrent() && later.Inputs.Contains(tensor)))
            .Distinct().Select(tensor => this[tensor]),
    ];

    public Operator this[LayerIndex index] => Operators[index.Value];
}
