using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Reference;
using Xunit;

namespace OffByN.Tests.Operators;

/// <summary>Operators that no converter would write get a reason, never an exception.</summary>
public sealed class HostileOperatorTests
{
    public static TheoryData<string> Families => [.. OperatorCases.Names];

    [Theory]
    [MemberData(nameof(Families))]
    public void A_damaged_operator_is_computed_or_has_a_reason(string family)
    {
        Random random = new(1);
        int refused = 0;
        foreach (OperatorCase whole in Enumerable.Range(0, 2).Select(number => OperatorCases.Make(family, number)))
        {
            foreach (OperatorCase damaged in Damaged(whole, random))
            {
                CaseModel model = CaseModel.Of([damaged]);
                foreach (Profile profile in KnownProfiles.All)
                {
                    foreach (bool delegated in new[] { false, true })
                    {
                        ReferencePipeline pipeline = new(model.Graph, profile, delegated ? model.Graph.Outputs.ToHashSet() : []);
                        OperatorResult result = pipeline.Run(
                            new LayerIndex(0), tensor => model.Input.Tensors.TryGetInput(tensor, out TensorValue? value) ? value : null);
                        refused += result.Reason is null ? 0 : 1;
                    }
                }
            }
        }
        Assert.True(refused > 0, "no damage was noticed");
    }

    private static IEnumerable<OperatorCase> Damaged(OperatorCase whole, Random random)
    {
        yield return whole with { Options = null };
        yield return whole with { Inputs = [] };
        yield return whole with { Inputs = whole.Inputs[..^1] };
        yield return whole with { Output = whole.Output with { Shape = [.. whole.Output.Shape, 2] } };
        yield return whole with { Output = whole.Output with { Shape = [] } };
        yield return whole with { Output = whole.Output with { Scale = 0 } };
        foreach (float scale in new[] { float.Epsilon, 1e-30f, 1f, 3e38f })
        {
            yield return whole with { Output = whole.Output with { Scale = scale } };
            for (int i = 0; i < whole.Inputs.Length; i++)
                yield return whole with { Inputs = whole.Inputs.SetItem(i, whole.Inputs[i] with { Scale = scale }) };
        }
        foreach (int zeroPoint in new[] { int.MinValue, int.MaxValue, 1000 })
        {
            yield return whole with { Output = whole.Output with { ZeroPoint = zeroPoint } };
            yield return whole with { Inputs = whole.Inputs.SetItem(0, whole.Inputs[0] with { ZeroPoint = zeroPoint }) };
        }
        for (int i = 0; i < whole.Inputs.Length; i++)
        {
            CaseTensor input = whole.Inputs[i];
            yield return whole with { Inputs = whole.Inputs.SetItem(i, input with { Scale = 0 }) };
            yield return whole with { Inputs = whole.Inputs.SetItem(i, input with { Shape = [0, 3] }) };
            yield return whole with { Inputs = whole.Inputs.SetItem(i, input with { Shape = [.. Enumerable.Repeat(1, 9), 7] }) };
            TensorType type = random.Pick(TensorType.Float32, TensorType.Int32, TensorType.Int64, TensorType.Int16, TensorType.Int8, TensorType.UInt8, TensorType.Bool);
            yield return whole with { Inputs = whole.Inputs.SetItem(i, input with { Type = type, Range = null }) };
            yield return whole with { Inputs = [.. whole.Inputs.Select(tensor => tensor with { Type = type, Range = null })], Output = whole.Output with { Type = type } };
        }
    }
}
