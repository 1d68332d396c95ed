using System.Reflection;
using System.Runtime.InteropServices;
using OffByN.Workers;

namespace OffByN.TFLite;

/// <summary>
/// The functions of TFLite's C API that a capture needs, as its headers c_api.h, c_api_experimental.h and xnnpack_delegate.h declare them. Handles are pointers;
/// an int that is no count is a TfLiteStatus, of which 0 alone is success.
/// </summary>
internal static unsafe partial class Tflite
{
    /// <summary>XNNPACK takes int8 models only where this is asked for.</summary>
    public const uint XnnpackSignedQuantized = 1;

    private const string Library = "tensorflowlite_c";

    /// <summary>Loads the library of every function here; once, before the first call.</summary>
    /// <exception cref="WorkerFailureException">It cannot be loaded.</exception>
    public static void Load(string path)
    {
        try
        {
            nint handle = NativeLibrary.Load(path);
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Library ? handle : 0);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"{path} does not load: {e.Message}");
        }
    }

    [LibraryImport(Library, EntryPoint = "TfLiteVersion")]
    public static partial nint Version();

    [LibraryImport(Library, EntryPoint = "TfLiteModelCreateFromFile", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint CreateModel(string path);

    [LibraryImport(Library, EntryPoint = "TfLiteModelDelete")]
    public static partial void DeleteModel(nint model);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterOptionsCreate")]
    public static partial nint CreateOptions();

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterOptionsDelete")]
    public static partial void DeleteOptions(nint options);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterOptionsSetNumThreads")]
    public static partial void SetThreads(nint options, int threads);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterOptionsSetErrorReporter")]
    public static partial void SetErrorReporter(nint options, delegate* unmanaged<nint, nint, nint, void> reporter, nint userData);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterOptionsAddDelegate")]
    public static partial void AddDelegate(nint options, nint applied);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterCreate")]
    public static partial nint CreateInterpreter(nint model, nint options);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterDelete")]
    public static partial void DeleteInterpreter(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterAllocateTensors")]
    public static partial int AllocateTensors(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterModifyGraphWithDelegate")]
    public static partial int ModifyGraph(nint interpreter, void* applied);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterResetVariableTensors")]
    public static partial int ResetVariables(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterInvoke")]
    public static partial int Invoke(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetInputTensorCount")]
    public static partial int InputCount(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetInputTensorIndex")]
    public static partial int InputIndex(nint interpreter, int position);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetInputTensor")]
    public static partial nint InputTensor(nint interpreter, int position);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetOutputTensorCount")]
    public static partial int OutputCount(nint interpreter);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetOutputTensorIndex")]
    public static partial int OutputIndex(nint interpreter, int position);

    [LibraryImport(Library, EntryPoint = "TfLiteInterpreterGetOutputTensor")]
    public static partial nint OutputTensor(nint interpreter, int position);

    [LibraryImport(Library, EntryPoint = "TfLiteTensorType")]
    public static partial int TypeOf(nint tensor);

    [LibraryImport(Library, EntryPoint = "TfLiteTensorNumDims")]
    public static partial int Rank(nint tensor);

    [LibraryImport(Library, EntryPoint = "TfLiteTensorDim")]
    public static partial int Dimension(nint tensor, int axis);

    [LibraryImport(Library, EntryPoint = "TfLiteTensorByteSize")]
    public static partial nint Bytes(nint tensor);

    [LibraryImport(Library, EntryPoint = "TfLiteTensorData")]
    public static partial byte* Data(nint tensor);

    [LibraryImport(Library, EntryPoint = "TfLiteXNNPackDelegateOptionsDefault")]
    private static partial XnnpackOptions DefaultXnnpackOptions();

    [LibraryImport(Library, EntryPoint = "TfLiteXNNPackDelegateCreate")]
    private static partial nint CreateXnnpack(in XnnpackOptions options);

    [LibraryImport(Library, EntryPoint = "TfLiteXNNPackDelegateDelete")]
    public static partial void DeleteXnnpack(nint xnnpack);

    public static nint CreateXnnpack(int threads, uint flags)
    {
        XnnpackOptions options = DefaultXnnpackOptions();
        options.Threads = threads;
        options.Flags |= flags;
        return CreateXnnpack(options);
    }

    /// <summary>TfLiteXNNPackDelegateOptions of 2.9.0.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct XnnpackOptions
    {
        public int Threads;
        public uint Flags;
    }
}
