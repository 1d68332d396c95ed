using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Model;

namespace OffByN.Harness.Stress;

/// <summary>A tensor of a case. <see cref="Scale"/> 0: not quantized.</summary>
public sealed record CaseTensor(TensorType Type, Shape Shape, float Scale = 0, int ZeroPoint = 0)
{
    /// <summary>The range of its values, of codes or numbers; both ends happen. Null: every code; floats and integers of some orders of magnitude.</summary>
    public (double Low, double High)? Range { get; init; }

    /// <summary>Floats that lie on multiples of this are as frequent as others: ties of whoever rounds them.</summary>
    public float Grid { get; init; }

    public bool IsConstant { get; init; }

    /// <summary>Its value where that must not be random: of a constant, or of an input.</summary>
    public byte[]? Value { get; init; }

    /// <summary>Scales along an axis in place of <see cref="Scale"/>; the zero points are 0.</summary>
    public (ImmutableArray<float> Scales, int Axis)? Channels { get; init; }

    /// <summary>A constant vector of integers.</summary>
    public static CaseTensor Integers(params ReadOnlySpan<int> values) =>
        new(TensorType.Int32, [values.Length]) { IsConstant = true, Value = MemoryMarshal.AsBytes(values).ToArray() };

    /// <summary>A constant integer without dimensions.</summary>
    public static CaseTensor Integer(int value) => Integers(value) with { Shape = [] };

    public Quantization? Quantization => Channels is { } channels ? new(channels.Scales, [.. channels.Scales.Select(_ => 0)], channels.Axis)
        : Scale == 0 ? null : new([Scale], [ZeroPoint], 0);

    /// <summary>Of a constant of which <see cref="Value"/> holds only the elements that are stored.</summary>
    public Sparsity? Sparsity { get; init; }

    /// <summary>One code for all elements.</summary>
    public int? Code { get; init; }

    /// <summary>In place of an optional input that is not given.</summary>
    public static readonly CaseTensor Absent = new(TensorType.Float32, []) { IsAbsent = true };

    public bool IsAbsent { get; private init; }

    /// <summary>State that starts where the oracle resets it.</summary>
    public bool IsVariable { get; init; }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture,
        $"{Type.Lower()}[{Shape}]{(Scale == 0 ? "" : $" scale {Scale:R} zero {ZeroPoint}")}{(Channels is null ? "" : " per channel")}{(IsConstant ? " constant" : "")}{(Value is null || Type != TensorType.Int32 || Scale != 0 || Channels is not null || Shape.Elements > 8 ? "" : $" ({string.Join(",", MemoryMarshal.Cast<byte, int>(Value).ToArray())})")}");

    private const double MostInteger = 1L << 62;

    public byte[] Values(Random random)
    {
        if (Value is not null)
            return Value;
        // A model holds int4 unpacked.
        byte[] data = new byte[(Type == TensorType.Int4 ? TensorType.Int8 : Type).Bytes(Shape.Elements)];
        (double low, double high) = Code is { } code ? (code, code) : Range ?? Type.CodeRange() ?? (-1000, 1000);
        switch (Type)
        {
            case TensorType.Float32:
                Fill(MemoryMarshal.Cast<byte, float>(data.AsSpan()), random, NextFloat);
                break;
            case TensorType.Float16:
                Fill(MemoryMarshal.Cast<byte, Half>(data.AsSpan()), random, r => (Half)NextFloat(r));
                break;
            case TensorType.Int32:
                Fill(MemoryMarshal.Cast<byte, int>(data.AsSpan()), random, r => (int)NextInteger(r));
                break;
            case TensorType.Int64:
                Fill(MemoryMarshal.Cast<byte, long>(data.AsSpan()), random, NextInteger);
                break;
            case TensorType.Int16:
                Fill(MemoryMarshal.Cast<byte, short>(data.AsSpan()), random, r => (short)NextInteger(r));
                break;
            case TensorType.Int4 or TensorType.Int8:
                Fill(MemoryMarshal.Cast<byte, sbyte>(data.AsSpan()), random, r => (sbyte)NextInteger(r));
                break;
            case TensorType.UInt8:
                Fill<byte>(data, random, r => (byte)NextInteger(r));
                break;
            case TensorType.Bool:
                Fill<byte>(data, random, r => (byte)r.Next(2));
                break;
            default:
                throw new ArgumentException($"no values for {Type}");
        }
        return data;

        long NextInteger(Random r) => r.Next(8) switch
        {
            0 => (long)low,
            1 => (long)high,
            _ => r.NextInt64(Whole(low), Math.Max(Whole(low), Whole(high)) + 1),
        };

        static long Whole(double end) => (long)Math.Clamp(end, -MostInteger, MostInteger);

        float NextFloat(Random r) => r.Next(8) switch
        {
            0 => (float)low,
            1 => (float)high,
            2 when Range is null => (float)((r.NextDouble() - 0.5) * Math.Pow(10, r.Next(-6, 3))),
            < 5 when Grid != 0 => (float)(Math.Round((low + (high - low) * r.NextDouble()) / Grid) * Grid),
            _ => (float)(low + (high - low) * r.NextDouble()),
        };
    }

    /// <summary>The tensor with other values.</summary>
    public CaseTensor With<T>(ReadOnlySpan<T> values)
        where T : unmanaged => this with { Value = MemoryMarshal.AsBytes(values).ToArray() };

    private static void Fill<T>(Span<T> values, Random random, Func<Random, T> next)
    {
        for (int i = 0; i < values.Length; i++)
            values[i] = next(random);
    }
}

/// <summary>One operator with its tensors: number <see cref="Number"/> of a family, which always makes the same cases from the same numbers.</summary>
public sealed record OperatorCase(BuiltinOperator Code, ImmutableArray<CaseTensor> Inputs, CaseTensor Output, OperatorOptions? Options = null)
{
    public string Family { get; init; } = "";

    public int Number { get; init; }

    /// <summary>Name and options of a custom operator.</summary>
    public (string Name, byte[] Options)? Custom { get; init; }

    /// <summary>Quantization of what is kept inside the operator.</summary>
    public ImmutableArray<CaseTensor> Intermediates { get; init; } = [];

    /// <summary>Outputs after the first.</summary>
    public ImmutableArray<CaseTensor> MoreOutputs { get; init; } = [];

    /// <summary>The operator's version in the file.</summary>
    public int Version { get; init; } = 1;

    /// <summary>What makes the case again.</summary>
    public string Replay => $"offbyn stress \"{Family}\" --seed {Number} --cases 1";

    /// <summary>Every input that has values, with those that <see cref="CaseModel.Of"/> would give it.</summary>
    public OperatorCase Materialized()
    {
        Random random = new(CaseModel.HashCode(Family) ^ Number ^ 0x5EED);
        return this with { Inputs = [.. Inputs.Select(input => input.IsAbsent || input.IsVariable ? input : input with { Value = input.Values(random) })] };
    }

    public override string ToString() =>
        $"{Replay}  {Custom?.Name ?? Code.SchemaName()}({string.Join(", ", Inputs)}) -> {string.Join(", ", MoreOutputs.Insert(0, Output))}{(Options is null ? "" : $"  {Options}")}";
}

/// <summary>Independent cases side by side in one model, and the values of their inputs.</summary>
public sealed record CaseModel(Graph Graph, ModelInput Input, ImmutableArray<OperatorCase> Cases)
{
    /// <summary>Case number i is layer number i.</summary>
    public static CaseModel Of(ImmutableArray<OperatorCase> cases)
    {
        ImmutableArray<TensorInfo>.Builder tensors = ImmutableArray.CreateBuilder<TensorInfo>();
        ImmutableArray<Operator>.Builder operators = ImmutableArray.CreateBuilder<Operator>();
        Dictionary<string, TensorValue> values = [];
        List<TensorIndex> inputs = [];
        foreach (OperatorCase one in cases)
        {
            ImmutableArray<TensorIndex> read = [.. one.Materialized().Inputs.Select(input => input.IsAbsent ? TensorIndex.None : Add(input, input.Value))];
            ImmutableArray<TensorIndex> written = [Add(one.Output, null), .. one.MoreOutputs.Select(output => Add(output, null))];
            operators.Add(new Operator
            {
                Index = new(operators.Count), Code = one.Code, CustomCode = one.Custom?.Name, CustomOptions = one.Custom?.Options ?? default(ReadOnlyMemory<byte>), Version = one.Version,
                Inputs = read, Outputs = written, Intermediates = [.. one.Intermediates.Select(intermediate => Add(intermediate, null))], Options = one.Options,
            });
        }
        Graph graph = new()
        {
            Path = string.Join(",", cases.Select(one => one.Family).Distinct()),
            Sha256 = "",
            Tensors = tensors.ToImmutable(),
            Operators = operators.ToImmutable(),
            Inputs = [.. inputs],
            Outputs = [.. operators.SelectMany(op => op.Outputs)],
        };
        return new(graph, new ModelInput("case", "", new TensorSet(values)), cases);

        TensorIndex Add(CaseTensor tensor, byte[]? data)
        {
            TensorIndex index = new(tensors.Count);
            bool constant = tensor.IsConstant && data is not null;
            tensors.Add(new TensorInfo
            {
                Index = index,
                Name = $"t{index}",
                Type = tensor.Type,
                Shape = tensor.Shape,
                Quantization = tensor.Quantization,
                Data = constant ? data : default(ReadOnlyMemory<byte>),
                IsConstant = constant,
                IsVariable = tensor.IsVariable,
                Sparsity = constant ? tensor.Sparsity : null,
                Note = constant && tensor.Sparsity is not null ? "sparse" : null,
            });
            if (data is not null && !constant)
            {
                inputs.Add(index);
                values[TensorSet.InputKeyOf(index)] = new(tensor.Type, tensor.Shape, data);
            }
            return index;
        }
    }

    /// <summary>The same in every process, unlike string's own.</summary>
    public static int HashCode(string text) => text.Aggregate(17, (hash, letter) => unchecked(hash * 31 + letter));
}
