using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OffByN.Workers;

namespace OffByN.TFLite;

/// <summary>
/// Reads what an interpreter is about to execute. The C API shows nothing of it, but it shows it to delegates: this one looks and takes nothing. The
/// structures are the beginnings of those in TFLite's common.h, whose order its authors keep from version to version.
/// </summary>
internal static unsafe class ExecutionPlan
{
    private const int Ok = 0;
    private const int Error = 1;

    /// <summary>The number that TFLite gives the one node which stands for all those that a delegate took.</summary>
    private const int DelegateCode = 51;

    /// <summary>An interpreter keeps the address of each delegate for as long as it lives, so this one is never freed.</summary>
    private static readonly TfLiteDelegate* Looking = Create();

    /// <summary>The tensors that delegates write, ascending.</summary>
    /// <exception cref="WorkerFailureException">The runtime does not show its plan.</exception>
    public static int[] Delegated(nint interpreter)
    {
        SortedSet<int> found = [];
        GCHandle handle = GCHandle.Alloc(found);
        Looking->Data = GCHandle.ToIntPtr(handle);
        try
        {
            return Tflite.ModifyGraph(interpreter, Looking) == Ok
                ? [.. found]
                : throw new WorkerFailureException(FailureKind.Refused, "the runtime does not show its execution plan, so what it delegated is unknown");
        }
        finally
        {
            handle.Free();
        }
    }

    private static TfLiteDelegate* Create()
    {
        // A later version's structure is longer: zeros there mean that nothing more is offered.
        TfLiteDelegate* created = (TfLiteDelegate*)NativeMemory.AllocZeroed(2, (nuint)sizeof(TfLiteDelegate));
        created->Prepare = &Look;
        created->Flags = TfLiteDelegate.AllowDynamicTensors;
        return created;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int Look(TfLiteContext* context, TfLiteDelegate* self)
    {
        SortedSet<int> found = (SortedSet<int>)GCHandle.FromIntPtr(self->Data).Target!;
        TfLiteIntArray* plan;
        if (context->GetExecutionPlan(context, &plan) != Ok)
            return Error;
        foreach (int index in plan->Values)
        {
            TfLiteNode* node;
            TfLiteRegistration* registration;
            if (context->GetNodeAndRegistration(context, index, &node, &registration) != Ok)
                return Error;
            if (registration->BuiltinCode == DelegateCode)
                found.UnionWith(node->Outputs->Values.ToArray());
        }
        return Ok;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TfLiteIntArray
    {
        private int size;

        public ReadOnlySpan<int> Values => new(Unsafe.Add<int>(Unsafe.AsPointer(ref size), 1), size);
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TfLiteContext
    {
        public nuint TensorCount;
        public delegate* unmanaged[Cdecl]<TfLiteContext*, TfLiteIntArray**, int> GetExecutionPlan;
        public nint Tensors, Implementation, ResizeTensor, ReportError, AddTensors;
        public delegate* unmanaged[Cdecl]<TfLiteContext*, int, TfLiteNode**, TfLiteRegistration**, int> GetNodeAndRegistration;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TfLiteNode
    {
        public TfLiteIntArray* Inputs;
        public TfLiteIntArray* Outputs;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TfLiteRegistration
    {
        public nint Initialize, Free, Prepare, Invoke, ProfilingString;
        public int BuiltinCode;
    }

    [StructLayout(LayoutKind.Sequential)]
    private struct TfLiteDelegate
    {
        public const long AllowDynamicTensors = 1;

        public nint Data;
        public delegate* unmanaged[Cdecl]<TfLiteContext*, TfLiteDelegate*, int> Prepare;
        public nint CopyFromBufferHandle, CopyToBufferHandle, FreeBufferHandle;
        public long Flags;
    }
}
