using System.Buffers;
using System.Collections.Frozen;
using System.Globalization;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;
using Python.Runtime;

namespace OffByN.TFLite.Python;

/// <summary>The embedded Python with its TFLite runtime; on the thread that made it, which holds Python's lock for good.</summary>
internal sealed class CaptureSession
{
    private const string InputPrefix = "input_";

    private static readonly FrozenDictionary<string, TensorType> TypeOf = new Dictionary<string, TensorType>
    {
        ["uint8"] = TensorType.UInt8, ["int8"] = TensorType.Int8, ["uint16"] = TensorType.UInt16, ["int16"] = TensorType.Int16,
        ["uint32"] = TensorType.UInt32, ["int32"] = TensorType.Int32, ["uint64"] = TensorType.UInt64, ["int64"] = TensorType.Int64,
        ["float16"] = TensorType.Float16, ["bfloat16"] = TensorType.BFloat16, ["float32"] = TensorType.Float32, ["float64"] = TensorType.Float64,
        ["bool"] = TensorType.Bool, ["complex64"] = TensorType.Complex64,
    }.ToFrozenDictionary();

    private readonly PythonEnvironment environment;
    private readonly PyObject module;

    /// <exception cref="WorkerFailureException">Python, or the runtime in it, does not load.</exception>
    public CaptureSession(PythonEnvironment environment)
    {
        this.environment = environment;
        try
        {
            Runtime.PythonDLL = environment.Libpython;
            // Started under the name of the environment's interpreter, Python finds the environment's packages as that one does.
            PythonEngine.ProgramName = environment.Program;
            PythonEngine.Initialize(setSysArgv: false, initSigs: false);
            module = PyModule.FromString("offbyn_capture", ReadResource("capture.py"));
            module.InvokeMethod("load", environment.Module.ToPython()).Dispose();
        }
        catch (Exception e) when (e is PythonException or DllNotFoundException or TypeInitializationException or InvalidOperationException or MissingMethodException)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"Python of {environment.Program} does not load: {e.Message}");
        }
    }

    public RuntimeDescription Describe(DescribeOrder order) =>
        new(environment.Runtime, environment.Version, environment.LibrarySha256, "CPython " + environment.Python);

    public CaptureReceipt Capture(CaptureOrder order)
    {
        TensorSet inputs = SafeTensors.Read(order.InputsPath);
        try
        {
            using PyObject result = Invoke(order, inputs);
            using PyObject read = result[0], unread = result[1], delegated = result[2];
            Dictionary<string, string> reasons = [];
            foreach (PyObject entry in Items(unread))
                reasons.Add(entry[0].As<string>(), entry[1].As<string>());
            List<KeyValuePair<string, TensorValue>> tensors = [];
            foreach (PyObject entry in Items(read))
            {
                string key = entry[0].As<string>();
                string dtype = entry[2].As<string>();
                if (TypeOf.TryGetValue(dtype, out TensorType type))
                    tensors.Add(new(key, new TensorValue(type, ReadShape(entry[3]), Copy(entry[4].As<long>(), entry[5].As<long>()))));
                else
                    reasons.Add(key, $"values of type {dtype} cannot be compared");
            }
            SafeTensors.Write(order.OutputPath, new TensorSet(tensors));
            return new CaptureReceipt([.. Items(delegated).Select(tensor => tensor.As<int>())], reasons);
        }
        catch (PythonException e)
        {
            throw e.Type.Name switch
            {
                "MemoryError" => new InsufficientMemoryException(e.Message, e),
                "ValueError" or "RuntimeError" => new WorkerFailureException(FailureKind.Refused, e.Message.Trim()),
                _ => new InvalidOperationException($"{e.Type.Name}: {e.Message}", e),
            };
        }
    }

    public static void Shutdown() => PythonEngine.Shutdown();

    private PyObject Invoke(CaptureOrder order, TensorSet inputs)
    {
        List<MemoryHandle> pins = [];
        try
        {
            using PyList given = new();
            foreach ((string key, TensorValue value) in inputs.Tensors)
            {
                pins.Add(value.Data.Pin());
                int index = int.Parse(key.AsSpan(InputPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture);
                given.Append(Tuple(index.ToPython(), Numbers(value.Shape), Address(pins[^1]).ToPython(), value.Data.Length.ToPython()));
            }
            return module.InvokeMethod(
                "capture", order.ModelPath.ToPython(), order.Flavour.ToPython(), order.Threads.ToPython(), given, Numbers(order.Tensors), Numbers(order.States), order.Preserves.ToPython());
        }
        finally
        {
            foreach (MemoryHandle pin in pins)
                pin.Dispose();
        }
    }

    private static unsafe long Address(MemoryHandle pin) => (long)pin.Pointer;

    private static unsafe byte[] Copy(long address, long count) => new ReadOnlySpan<byte>((void*)address, checked((int)count)).ToArray();

    private static PyTuple Tuple(params PyObject[] items) => new(items);

    private static PyTuple Numbers(IEnumerable<int> numbers) => new([.. numbers.Select(number => number.ToPython())]);

    private static Shape ReadShape(PyObject tuple) => Shape.Create([.. Items(tuple).Select(dimension => dimension.As<int>())]);

    private static IEnumerable<PyObject> Items(PyObject sequence)
    {
        long count = sequence.Length();
        for (int i = 0; i < count; i++)
            yield return sequence[i];
    }

    private static string ReadResource(string name)
    {
        using StreamReader reader = new(typeof(CaptureSession).Assembly.GetManifestResourceStream(name)!);
        return reader.ReadToEnd();
    }
}
