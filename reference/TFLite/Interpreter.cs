using System.Diagnostics.CodeAnalysis;
using OffByN.Golden;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.TFLite;

/// <summary>A model that the library has loaded, ready to be invoked. Everything native that belongs to it is destroyed with it.</summary>
internal sealed unsafe class Interpreter : IDisposable
{
    /// <summary>TensorType by TfLiteType; the two number types differently.</summary>
    private static readonly TensorType?[] Types =
    [
        null, TensorType.Float32, TensorType.Int32, TensorType.UInt8, TensorType.Int64, null, TensorType.Bool, TensorType.Int16, TensorType.Complex64, TensorType.Int8,
        TensorType.Float16, TensorType.Float64, null, TensorType.UInt64, null, null, TensorType.UInt32,
    ];

    private readonly Complaints complaints;
    private readonly nint model;
    private readonly nint options;
    private readonly nint xnnpack;
    private readonly nint interpreter;

    /// <exception cref="WorkerFailureException">The library refuses the model; the reason is in its words.</exception>
    public Interpreter(string path, int threads, bool delegating)
    {
        options = Tflite.CreateOptions();
        complaints = new Complaints(options);
        try
        {
            Tflite.SetThreads(options, threads);
            if (delegating)
            {
                xnnpack = Tflite.CreateXnnpack(threads, Tflite.XnnpackSignedQuantized);
                Tflite.AddDelegate(options, xnnpack);
            }
            model = Tflite.CreateModel(path);
            interpreter = model == 0 ? 0 : Tflite.CreateInterpreter(model, options);
            Require(interpreter != 0, "the model is not loaded");
            Require(Tflite.AllocateTensors(interpreter) == 0, "the tensors are not allocated");
            Delegated = ExecutionPlan.Delegated(interpreter);
            Require(Tflite.ResetVariables(interpreter) == 0, "the variable tensors are not reset");
            for (int position = 0; position < Tflite.InputCount(interpreter); position++)
                Inputs.Add(Tflite.InputIndex(interpreter, position), Tflite.InputTensor(interpreter, position));
            for (int position = 0; position < Tflite.OutputCount(interpreter); position++)
                Outputs[Tflite.OutputIndex(interpreter, position)] = position;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The tensors that delegates write.</summary>
    public int[] Delegated { get; }

    private Dictionary<int, nint> Inputs { get; } = [];

    private Dictionary<int, int> Outputs { get; } = [];

    /// <exception cref="WorkerFailureException">The model has no such input, or it is of another type or shape.</exception>
    public void SetInput(int index, TensorValue value)
    {
        if (!Inputs.TryGetValue(index, out nint tensor))
            throw Refused($"tensor {index} is not an input; the inputs are {string.Join(", ", Inputs.Keys)}");
        if (TypeOf(tensor) != value.Type || !ShapeOf(tensor).Equals(value.Shape) || Tflite.Bytes(tensor) != value.Data.Length)
            throw Refused($"input {index}: the model takes {TypeOf(tensor)?.Lower()} {ShapeOf(tensor)}, found {value.Type.Lower()} {value.Shape}");
        value.Data.Span.CopyTo(new Span<byte>(Tflite.Data(tensor), value.Data.Length));
    }

    public void Invoke() => Require(Tflite.Invoke(interpreter) == 0, "the run failed");

    /// <summary>A copy of an output's value, or why there is none.</summary>
    public bool TryRead(int index, [NotNullWhen(true)] out TensorValue? value, out string reason)
    {
        (value, reason) = (null, "");
        if (!Outputs.TryGetValue(index, out int position))
        {
            reason = "the runtime does not offer it as an output";
            return false;
        }
        // Asked for anew each time: a tensor whose size changes in a run moves.
        nint tensor = Tflite.OutputTensor(interpreter, position);
        if (TypeOf(tensor) is not { } type)
            reason = $"values of TfLiteType {Tflite.TypeOf(tensor)} cannot be compared";
        else if (Tflite.Data(tensor) is null && Tflite.Bytes(tensor) > 0)
            reason = "the runtime keeps no data for it";
        else
            value = new TensorValue(type, ShapeOf(tensor), new ReadOnlySpan<byte>(Tflite.Data(tensor), checked((int)Tflite.Bytes(tensor))).ToArray());
        return value is not null;
    }

    public void Dispose()
    {
        if (interpreter != 0)
            Tflite.DeleteInterpreter(interpreter);
        if (xnnpack != 0)
            Tflite.DeleteXnnpack(xnnpack);
        Tflite.DeleteOptions(options);
        if (model != 0)
            Tflite.DeleteModel(model);
        complaints.Dispose();
    }

    private static TensorType? TypeOf(nint tensor) => Types.ElementAtOrDefault(Tflite.TypeOf(tensor));

    private static Shape ShapeOf(nint tensor) => Shape.Create([.. Enumerable.Range(0, Tflite.Rank(tensor)).Select(axis => Tflite.Dimension(tensor, axis))]);

    private void Require(bool well, string otherwise)
    {
        if (!well)
            throw Refused(complaints.ToString() is { Length: > 0 } words ? words : otherwise);
    }

    private static WorkerFailureException Refused(string reason) => new(FailureKind.Refused, reason);
}
