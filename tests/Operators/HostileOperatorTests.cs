using System.Collections.Immutable;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Model;
using OffByN.Reference;
using Xunit;

namespace OffByN.Tests.Operators;

/// <summary>Operators whose tensors, options and constants do not belong together: a result or a reason, never another exception.</summary>
public sealed class HostileOperatorTests
{
    private const int CasesPerFamily = 100;

    public static TheoryData<string> Families => [.. OperatorCases.Names];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_damaged_operator_is_computed_or_refused_with_a_reason(string family)
    {
        for (int number = 0; number < CasesPerFamily; number++)
        {
            Random random = new(number);
            OperatorCase damaged = OperatorCases.Make(family, number);
            for (int damages = random.Next(1, 4); damages > 0; damages--)
                damaged = Damaged(damaged, random);
            CaseModel model = CaseModel.Of([damaged]);
            foreach (var profile in new[] { LiteRt.Ref, LiteRt.Opt, LiteRt.Xnn })
            {
                ReferencePipeline reference = new(model.Graph, profile, profile == LiteRt.Xnn ? [.. model.Graph.Outputs] : ImmutableHashSet<TensorIndex>.Empty);
                Exception? thrown = Record.Exception(() =>
                {
                    OperatorResult result = reference.Run(new LayerIndex(0), tensor => model.Input.Tensors.TryGetInput(tensor, out TensorValue? value) ? value : Zeros(model.Graph[tensor]));
                    Assert.True(result.Reason is { Length: > 0 } || result.Outputs.Length == model.Graph.Outputs.Length);
                });
                Assert.True(thrown is null, $"{profile.Name}: {damaged}\n{thrown}");
            }
        }
    }

    /// <summary>A state as it is reset.</summary>
    private static TensorValue? Zeros(TensorInfo tensor) => tensor is { IsVariable: true, Shape: { } shape }
        ? new(tensor.Type, shape, new byte[tensor.Type.Bytes(shape.Elements)]) : null;

    private static OperatorCase Damaged(OperatorCase one, Random random)
    {
        if (one.Inputs.IsEmpty)
            return one;
        int input = random.Next(one.Inputs.Length);
        return random.Next(8) switch
        {
            0 => one with { Options = null },
            1 => one with { Inputs = one.Inputs.RemoveAt(input) },
            2 => one with { Output = Reshaped(one.Output, random) },
            3 => one with { Output = one.Output with { Scale = 0, Channels = null } },
            4 => one with { Inputs = one.Inputs.SetItem(input, Reshaped(one.Inputs[input], random)) },
            5 => one with { Inputs = one.Inputs.SetItem(input, one.Inputs[input] with { IsConstant = !one.Inputs[input].IsConstant, Value = null }) },
            6 => one with { Inputs = one.Inputs.SetItem(input, one.Inputs[input] with { Type = OtherType(random), Value = null }) },
            _ => one with { Inputs = [.. one.Inputs.Select(tensor => tensor.Value is null ? tensor : tensor with { Value = OtherNumbers(tensor.Value, random) })] },
        };
    }

    private static TensorType OtherType(Random random) =>
        new[] { TensorType.Float32, TensorType.Int8, TensorType.UInt8, TensorType.Int16, TensorType.Int32, TensorType.Int64, TensorType.Bool }[random.Next(7)];

    private static CaseTensor Reshaped(CaseTensor tensor, Random random) =>
        tensor with { Shape = [.. Enumerable.Range(0, random.Next(6)).Select(_ => random.Next(5))], Value = null };

    private static byte[] OtherNumbers(byte[] value, Random random)
    {
        int[] numbers = MemoryMarshal.Cast<byte, int>(value).ToArray();
        for (int i = 0; i < numbers.Length; i++)
        {
            if (random.Next(2) == 0)
                numbers[i] = random.Next(6) switch { 0 => int.MaxValue, 1 => int.MinValue, 2 => -1, 3 => 0, _ => random.Next(-8, 9) };
        }
        return MemoryMarshal.AsBytes(numbers.AsSpan()).ToArray();
    }
}
