using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Stress;
using OffByN.Model;
using OffByN.Model.Options;
using OffByN.Reference.Oracles;
using Xunit;

namespace OffByN.Tests.Operators;

/// <summary>
/// The optimized ADD computes whole blocks otherwise than what remains, so rarely that random codes never show it: here pairs of codes are sought that do.
/// </summary>
public sealed class VectorBodyTests
{
    private const int Pairs = 1;

    [SkippableTheory]
    [InlineData(TensorType.UInt8, 8)]
    [InlineData(TensorType.Int8, 16)]
    [InlineData(TensorType.Int16, 16)]
    public async Task A_pair_of_codes_that_body_and_tail_add_differently_is_added_so_by_LiteRT(TensorType type, int block)
    {
        OracleRuntime runtime = Requirement.LiteRt();
        Random random = new((int)type);
        ImmutableArray<OperatorCase> cases = [.. Enumerable.Range(0, Pairs).Select(_ => Telling(random, type, block + 3))];

        ImmutableArray<CaseOutcome> outcomes = await SampledCases.RunAsync(cases, runtime);

        Assert.All(outcomes.Where(outcome => outcome.Flavour == Flavour.Opt), outcome =>
        {
            Assert.Equal(block + 3, outcome.Reference?.Elements);
            Assert.False(outcome.IsFailure, outcome.ToString());
        });
    }

    /// <summary>Equal pairs of codes on which the two ways differ.</summary>
    private static OperatorCase Telling(Random random, TensorType type, int length)
    {
        while (true)
        {
            OperatorCase made = new(
                BuiltinOperator.Add,
                [new(type, [length], random.NextSingle() * 0.1f + 0.01f, 0), new(type, [length], random.NextSingle() * 0.1f + 0.01f, 0)],
                new CaseTensor(type, [length], random.NextSingle() * 0.1f + 0.05f, type == TensorType.UInt8 ? 100 : 0), new AddOptions(Activation.None, false));
            Graph graph = CaseModel.Of([made]).Graph;
            PreparedCombination add = Assert.IsType<PreparedCombination>(Preparation.Of(graph, graph.Operators[0], LiteRt.Opt, delegated: false));
            (int low, int high) = type.CodeRange()!.Value;
            int mask = high - low;
            for (int attempt = 0; attempt < 100_000; attempt++)
            {
                (int first, int second) = (random.Next(low, high + 1), random.Next(low, high + 1));
                int body = add.Code(add.Body.First[first & mask], add.Body.Second[second & mask], add.Body.Narrowing);
                int tail = add.Code(add.Tail.First[first & mask], add.Tail.Second[second & mask], add.Tail.Narrowing);
                if (body != tail && body > low && body < high && tail > low && tail < high)
                    return made with { Inputs = [made.Inputs[0] with { Code = first }, made.Inputs[1] with { Code = second }] };
            }
        }
    }
}
