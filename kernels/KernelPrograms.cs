using Silk.NET.OpenCL;

namespace OffByN.Kernels;

/// <summary>The programs of one device and folder of kernels: each file is built once for each set of definitions.</summary>
internal sealed unsafe class KernelPrograms(OpenClDevice device, KernelSource source, Action<string> progress) : IDisposable
{
    private readonly string always =
        "-cl-std=CL1.2 -cl-kernel-arg-info" + (device.Facts.IsIeeeSingle ? " -cl-fp32-correctly-rounded-divide-sqrt" : "");

    private const int MostErrors = 3;

    private readonly Dictionary<string, nint> programs = [];

    public int Count => programs.Count;

    public KernelSource Source { get; } = source;

    /// <summary>A new kernel object with arguments of its own; the caller releases it.</summary>
    /// <exception cref="OpenClException">The file does not build, or has no such kernel.</exception>
    public nint CreateKernel(KernelPlan plan)
    {
        string options = string.Join(' ', plan.Options.Select(option => "-D " + option).Prepend(always));
        string file = plan.Name + ".cl";
        if (!programs.TryGetValue(file + " " + options, out nint program))
            programs.Add(file + " " + options, program = Build(file, options));
        int error;
        nint kernel = device.Api.CreateKernel(program, plan.Name, &error);
        return error != (int)ErrorCodes.InvalidKernelName ? Checked(kernel, error)
            : throw new OpenClException($"{Source.PathOf(file)}: expected a kernel function called {plan.Name}");
    }

    public void Dispose()
    {
        foreach (nint program in programs.Values)
            device.Api.ReleaseProgram(program);
    }

    private static nint Checked(nint kernel, int error)
    {
        OpenClDevice.Check(error, "clCreateKernel");
        return kernel;
    }

    private nint Build(string file, string options)
    {
        progress($"building {Source.PathOf(file)} with {options}");
        int error;
        nint program = device.Api.CreateProgramWithSource(device.Context, 1, [Source.Text(file)], null, &error);
        OpenClDevice.Check(error, "clCreateProgramWithSource");
        nint id = device.Id;
        nint* devices = &id;
        int code = device.Api.BuildProgram(program, 1, devices, options, null!, null);
        if (code == (int)ErrorCodes.Success)
            return program;
        string log = OpenClDevice.TextOf(
            (size, buffer, length) => device.Api.GetProgramBuildInfo(program, device.Id, ProgramBuildInfo.BuildLog, size, (void*)buffer, (nuint*)length),
            "clGetProgramBuildInfo");
        device.Api.ReleaseProgram(program);
        progress(log);
        throw new OpenClException($"{Source.PathOf(file)} does not build: {Errors(log)} ({device.Facts.Name}, {options})");
    }

    /// <summary>The compiler's errors, which name file and line, in one line; what it says between them is for a terminal.</summary>
    private static string Errors(string log)
    {
        string[] lines = [.. log.Split('\n').Select(line => line.Trim()).Where(line => line.Length > 0)];
        string[] errors = [.. lines.Where(line => line.Contains("error:", StringComparison.Ordinal)).Distinct()];
        string[] shown = errors.Length > 0 ? errors : lines;
        return string.Join("; ", shown.Take(MostErrors)) + (shown.Length > MostErrors ? $" and {shown.Length - MostErrors} more" : "");
    }
}
