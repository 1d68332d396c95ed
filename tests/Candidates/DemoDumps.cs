using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Xunit;

namespace OffByN.Tests.Candidates;

/// <summary>Dumps of the generated MobileNet V1, and what LiteRT 2.3.0 gives for it, from the repository's snapshot.</summary>
internal static class DemoDumps
{
    public static readonly byte[] Model = DemoModel.Write(new());

    public static readonly Graph Graph = TfliteReader.Parse(Model, "demo.tflite");

    public static readonly ModelInput Input = InputReader.FromSeed(Graph, 0);

    public static readonly GoldenOracle Oracle = new(SnapshotFolder.Open(Path.Combine(Repository.Root, "golden", "demo")));

    private static readonly Lazy<Task<Capture>> Captured = new(async () => Assert.Single(
        await Oracle.CaptureAsync([new CaptureRequest(Graph, Tapping.Tap(Model, Graph), Input, Flavour.Ref)])).Capture!);

    /// <summary>Every operator output as LiteRT's reference kernels give it.</summary>
    public static async Task<TensorSet> TensorsAsync() => (await Captured.Value).Tensors;

    public static async Task<CandidateContext> ContextAsync() => Verification.ContextOf(Graph, Input, await Captured.Value)!;

    /// <summary>
    /// The tensors of a device that is right but for the first element of one operator's output, which is off by <paramref name="off"/> codes; everything after it follows.
    /// </summary>
    public static async Task<TensorSet> WrongAtAsync(int layer, int off = 1)
    {
        CandidateContext context = await ContextAsync();
        Dictionary<string, TensorValue> tensors = new(context.Oracle.Tensors);
        foreach (Operator op in Graph.Operators.Skip(layer))
        {
            TensorIndex output = op.Outputs[0];
            TensorValue value = context.Reference.Run(op.Index, tensor => context.Inputs.TryGetInput(tensor, out TensorValue? input) ? input : tensors[TensorSet.KeyOf(tensor)]).Outputs[0];
            byte[] codes = value.Data.ToArray();
            if (op.Index.Value == layer)
                codes[0] = (byte)(codes[0] < 128 ? codes[0] + off : codes[0] - off);
            tensors[TensorSet.KeyOf(output)] = value with { Data = codes };
        }
        return new(tensors);
    }

    /// <summary>The outputs of those operators alone.</summary>
    public static TensorSet Keep(this TensorSet tensors, IEnumerable<int> layers) =>
        new(layers.Select(layer => TensorSet.KeyOf(Graph.Operators[layer].Outputs[0])).Select(key => KeyValuePair.Create(key, tensors.Tensors[key])));

    public static async Task<VerificationReport> VerifyAsync(TensorSet dump)
    {
        using TemporaryFolder folder = new();
        SafeTensors.Write(folder.File("dump.safetensors"), dump);
        return await VerifyAsync(DumpCandidate.Read(folder.File("dump.safetensors"), Graph));
    }

    public static async Task<VerificationReport> VerifyAsync(ICandidate candidate)
    {
        await using (candidate)
            return await Verification.RunAsync(new(Graph, Model, [Input], [Flavour.Ref], Oracle, candidate), new Progress<string>(), CancellationToken.None);
    }
}
