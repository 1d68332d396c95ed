using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Model;
using Silk.NET.OpenCL;

namespace OffByN.Kernels;

/// <summary>A kernel with all its arguments set, by the names that it declares; ready to be launched any number of times.</summary>
internal sealed unsafe class BoundKernel : IDisposable
{
    private readonly OpenClDevice device;
    private readonly KernelPlan plan;
    private readonly nint kernel;
    private readonly string file;
    private readonly List<GuardedBuffer> constants = [];
    private readonly List<GuardedBuffer> buffers = [];

    /// <exception cref="OpenClException">It does not build, or declares an argument that cannot be bound; the message says what can.</exception>
    public BoundKernel(OpenClDevice device, KernelPrograms programs, KernelPlan plan, Func<TensorInfo, GuardedBuffer> bufferOf)
    {
        (this.device, this.plan, file) = (device, plan, programs.Source.PathOf(plan.Name + ".cl"));
        kernel = programs.CreateKernel(plan);
        try
        {
            uint count;
            OpenClDevice.Check(device.Api.GetKernelInfo(kernel, KernelInfo.NumArgs, sizeof(uint), &count, null), "clGetKernelInfo");
            for (uint position = 0; position < count; position++)
                Bind(position, bufferOf);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public string Name => plan.Name;

    /// <summary>Enqueues one run; one without work-items is none.</summary>
    /// <returns>The event, which the caller releases; 0 unless <paramref name="isTimed"/>.</returns>
    public nint Enqueue(bool isTimed = false)
    {
        if (plan.GlobalSize.Contains(0))
            return 0;
        nint timed = 0;
        uint rank = (uint)plan.GlobalSize.Length;
        nuint* global = stackalloc nuint[plan.GlobalSize.Length];
        nuint* local = stackalloc nuint[plan.GlobalSize.Length];
        for (int axis = 0; axis < rank; axis++)
            (global[axis], local[axis]) = ((nuint)plan.GlobalSize[axis], (nuint)plan.LocalSize[axis]);
        OpenClDevice.Check(device.Api.EnqueueNdrangeKernel(device.Queue, kernel, rank, null, global, local, 0, null, isTimed ? &timed : null), $"{file}: launching {plan.Name}");
        return timed;
    }

    /// <summary>The buffer that was written out of bounds, and where; null where none was.</summary>
    public string? Overrun() => buffers.Concat(constants)
        .Select(buffer => buffer.Overrun() is { } where ? $"{file}: kernel {plan.Name} wrote out of bounds of {buffer.Name}, {where}" : null)
        .FirstOrDefault(found => found is not null);

    public override string ToString() => $"{file}: kernel {plan.Name}";

    public void Dispose()
    {
        device.Api.ReleaseKernel(kernel);
        constants.ForEach(buffer => buffer.Dispose());
    }

    private void Bind(uint position, Func<TensorInfo, GuardedBuffer> bufferOf)
    {
        string name = Text(position, KernelArgInfo.Name), type = Text(position, KernelArgInfo.TypeName);
        switch (plan.Arguments.GetValueOrDefault(name))
        {
            case Number number:
                Set(position, ScalarTypes.Bytes(type, number.Value)
                    ?? throw Unfit(name, type, $"an integer type that holds {number.Value.ToString(CultureInfo.InvariantCulture)}"));
                break;
            case Real real:
                Set(position, type == "float" ? BitConverter.GetBytes(real.Value) : throw Unfit(name, type, "float"));
                break;
            case Activation activation:
                RequirePointer(position, name, type, ScalarTypes.Of(activation.Tensor.Type));
                GuardedBuffer tensor = bufferOf(activation.Tensor);
                buffers.Add(tensor);
                Set(position, Handle(tensor));
                break;
            case Constant constant:
                RequirePointer(position, name, type, constant.Element);
                ReadOnlyMemory<byte> data = constant.Data();
                GuardedBuffer buffer = new(device, name, data.Length);
                constants.Add(buffer);
                buffer.Write(data.Span);
                Set(position, Handle(buffer));
                break;
            case Scratch scratch:
                OpenClDevice.Check(device.Api.SetKernelArg(kernel, position, (nuint)scratch.Bytes, null), $"{file}: argument {name}");
                break;
            default:
                throw new OpenClException(
                    $"{file}: kernel {plan.Name} declares an argument \"{Printable.Of(name)}\", which is not known here; known are {string.Join(", ", plan.Arguments.Keys)}");
        }
    }

    private void RequirePointer(uint position, string name, string type, string element)
    {
        KernelArgAddressQualifier space = default;
        OpenClDevice.Check(
            device.Api.GetKernelArgInfo(kernel, position, KernelArgInfo.AddressQualifier, sizeof(KernelArgAddressQualifier), &space, null),
            "clGetKernelArgInfo");
        bool isMemory = space is KernelArgAddressQualifier.Global or KernelArgAddressQualifier.Constant;
        if (!isMemory || !type.EndsWith('*') || !ScalarTypes.MayPointAt(type.TrimEnd('*'), element))
            throw Unfit(name, type, $"global {element}*");
    }

    private OpenClException Unfit(string name, string type, string expected) =>
        new($"{file}: kernel {plan.Name}: argument {name} is {Printable.Of(type)}, expected {expected}");

    private void Set(uint position, ReadOnlySpan<byte> value)
    {
        fixed (byte* pointer = value)
            OpenClDevice.Check(device.Api.SetKernelArg(kernel, position, (nuint)value.Length, pointer), $"{file}: argument {position}");
    }

    private string Text(uint position, KernelArgInfo what) => OpenClDevice.TextOf(
        (size, buffer, length) => device.Api.GetKernelArgInfo(kernel, position, what, size, (void*)buffer, (nuint*)length),
        "clGetKernelArgInfo");

    private static byte[] Handle(GuardedBuffer buffer)
    {
        nint handle = buffer.Handle;
        return MemoryMarshal.AsBytes(new ReadOnlySpan<nint>(in handle)).ToArray();
    }
}
