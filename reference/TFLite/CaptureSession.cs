using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.TFLite;

/// <summary>The library that this process has loaded, and what it answers.</summary>
internal sealed class CaptureSession
{
    /// <summary>The build whose arithmetic was examined. Another one says so in its version: a build's name does not fix what it computes.</summary>
    private const string Examined = "dc89b4cd86d956516570bd483668e6dd98907f49901d0567dedc69a29a56b7f7";

    private const string InputPrefix = "input_";

    private readonly RuntimeDescription description;

    private CaptureSession(RuntimeDescription description) => this.description = description;

    /// <exception cref="WorkerFailureException">There is no library at <paramref name="path"/>, or none that loads.</exception>
    public static CaptureSession Load(string path)
    {
        string digest;
        try
        {
            using FileStream library = File.OpenRead(path);
            digest = Convert.ToHexStringLower(SHA256.HashData(library));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"{path} cannot be read: {e.Message} Correct OFFBYN_TFLITE_C, or unset it and run build/setup --retry.");
        }
        Tflite.Load(path);
        try
        {
            string version = Marshal.PtrToStringUTF8(Tflite.Version()) ?? "";
            return new CaptureSession(new RuntimeDescription("native", digest == Examined ? version : $"{version}+{digest[..8]}", digest, ""));
        }
        catch (EntryPointNotFoundException e)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"{path} is no TFLite C library: {e.Message}");
        }
    }

    public RuntimeDescription Describe(DescribeOrder order) => description;

    public static CaptureReceipt Capture(CaptureOrder order)
    {
        if (order.Flavour == "ref")
            throw new WorkerFailureException(FailureKind.Refused, "the TFLite C library has no flavour ref: it exports no reference kernels. Take --flavour opt, or the oracle litert.");
        if (order.Preserves)
            throw new WorkerFailureException(FailureKind.Refused, "the TFLite C library has no preserve_all_tensors");
        try
        {
            (CaptureReceipt receipt, TensorSet tensors) = Run(order, order.States.Count == 0 ? order.ModelPath : TapStates(order));
            SafeTensors.Write(order.OutputPath, tensors);
            return receipt;
        }
        catch (EntryPointNotFoundException e)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"the TFLite C library lacks a function: {e.Message}");
        }
    }

    /// <summary>Destroys the interpreter before it returns: a corrupt heap shows then, and must show before the answer is given.</summary>
    private static (CaptureReceipt Receipt, TensorSet Tensors) Run(CaptureOrder order, string model)
    {
        using Interpreter interpreter = new(model, order.Threads, delegating: order.Flavour == "xnn");
        if (order.Flavour == "opt" && interpreter.Delegated.Length > 0)
            throw new WorkerFailureException(FailureKind.Refused, "this build of the TFLite C library delegates by itself, so it has no flavour opt");
        List<KeyValuePair<string, TensorValue>> read = [];
        Dictionary<string, string> unread = [];
        Take("initial_", order.States);
        foreach ((string key, TensorValue value) in SafeTensors.Read(order.InputsPath).Tensors)
            interpreter.SetInput(int.Parse(key.AsSpan(InputPrefix.Length), NumberStyles.None, CultureInfo.InvariantCulture), value);
        interpreter.Invoke();
        Take("", order.Tensors);
        Take("state_", order.States);
        return (new CaptureReceipt(interpreter.Delegated, unread), new TensorSet(read));

        void Take(string prefix, IReadOnlyList<int> tensors)
        {
            foreach (int tensor in tensors)
            {
                string key = prefix + TensorSet.KeyOf(new TensorIndex(tensor));
                if (interpreter.TryRead(tensor, out TensorValue? value, out string reason))
                    read.Add(new(key, value));
                else
                    unread.Add(key, reason);
            }
        }
    }

    /// <summary>The C API shows inputs and outputs alone, so variable tensors are made outputs too.</summary>
    private static string TapStates(CaptureOrder order)
    {
        (Graph graph, ReadOnlyMemory<byte> bytes) = TfliteReader.ReadWithBytes(order.ModelPath);
        string path = order.ModelPath + ".states";
        File.WriteAllBytes(path, Tapping.Tap(bytes, graph, [.. order.Tensors.Concat(order.States).Select(tensor => new TensorIndex(tensor))]));
        return path;
    }
}
