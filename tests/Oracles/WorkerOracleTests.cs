using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Oracles;

public sealed class WorkerOracleTests
{
    private static readonly Graph Graph = new()
    {
        Path = "add.tflite",
        Sha256 = new string('0', 64),
        Tensors = [Tensor(0), Tensor(1)],
        Operators = [new Operator { Index = new LayerIndex(0), Code = BuiltinOperator.Relu, Inputs = [new TensorIndex(0)], Outputs = [new TensorIndex(1)] }],
        Inputs = [new TensorIndex(0)],
        Outputs = [new TensorIndex(1)],
    };

    [Fact]
    public async Task Two_equal_runs_are_a_capture() => Assert.Equal([7, 8], (await CaptureAsync([7, 8], [7, 8])).Capture!.Tensors.Tensors["1"].Data.ToArray());

    [Fact]
    public async Task Two_runs_that_differ_in_one_byte_are_no_capture()
    {
        CaptureOutcome outcome = await CaptureAsync([7, 8], [7, 9]);
        Assert.Null(outcome.Capture);
        Assert.Equal(NotCapturedKind.NotReproducible, outcome.Failure!.Kind);
        Assert.Contains("first in tensor 1", outcome.Failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_run_that_lacks_a_tensor_of_the_other_is_no_capture() =>
        Assert.Equal(NotCapturedKind.NotReproducible, (await CaptureAsync([7, 8], null)).Failure!.Kind);

    [Fact]
    public async Task A_worker_that_leaves_a_broken_file_has_crashed() =>
        Assert.Equal(NotCapturedKind.Crashed, (await CaptureAsync([], [7, 8])).Failure!.Kind);

    private static async Task<CaptureOutcome> CaptureAsync(params byte[]?[] runs)
    {
        string folder = Directory.CreateTempSubdirectory("offbyn-test-").FullName;
        try
        {
            WorkerOracle oracle = new("fake", [Flavour.Ref], new CheckedWorker(_ => Task.FromResult<IWorker>(new Scripted(folder, runs))));
            TensorSet inputs = new([new("input_0", new TensorValue(TensorType.UInt8, [2], new byte[2]))]);
            return Assert.Single(await oracle.CaptureAsync([new CaptureRequest(Graph, new byte[4], new("scripted", "", inputs), Flavour.Ref)]));
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static TensorInfo Tensor(int index) =>
        new() { Index = new TensorIndex(index), Name = $"t{index}", Type = TensorType.UInt8, Shape = [2] };

    /// <summary>Answers captures with the given bytes in turn: null leaves the tensor out, none leaves a file that is no safetensors.</summary>
    private sealed class Scripted(string folder, byte[]?[] runs) : IWorker
    {
        private int captures;

        public string Folder => folder;

        public string StderrTail => "";

        public Task<TReply> AskAsync<TRequest, TReply>(Verb<TRequest, TReply> verb, TRequest request, CancellationToken cancel = default) =>
            Task.FromResult((TReply)(request is CaptureOrder order ? Write(order) : (object)new RuntimeDescription("fake", "1", "", "")));

        public Task PingAsync(CancellationToken cancel = default) => Task.CompletedTask;

        public Task CloseAsync(CancellationToken cancel = default) => Task.CompletedTask;

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;

        private CaptureReceipt Write(CaptureOrder order)
        {
            byte[]? data = runs[captures++];
            if (data is [])
                File.WriteAllText(order.OutputPath, "no safetensors");
            else
                SafeTensors.Write(order.OutputPath, new TensorSet(data is null ? [] : [new("1", new TensorValue(TensorType.UInt8, [2], data))]));
            return new CaptureReceipt([], new Dictionary<string, string>());
        }
    }
}
