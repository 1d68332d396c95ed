using OffByN.Kernels;
using OffByN.Reference.Oracles;
using Xunit;

namespace OffByN.Tests;

/// <summary>
/// What a test needs of the machine. Where it is missing the test is skipped with the reason; it fails instead where OFFBYN_REQUIRE names it
/// (a list such as <c>opencl,litert,native</c>), and in continuous integration (CI=true) with the shared folder, where everything can be had.
/// </summary>
internal static class Requirement
{
    private static readonly Lazy<string?> NoDevice = new(() =>
    {
        try
        {
            return OpenClDevice.List().Length > 0 ? null : "no OpenCL device is here";
        }
        catch (OpenClException e)
        {
            return e.Message;
        }
    });

    /// <summary>The folder of real models, images and packages.</summary>
    public static string Shared()
    {
        Demand("shared", SharedFiles.Folder is not null, "no ../shared folder beside the repository, and OFFBYN_SHARED names none");
        return SharedFiles.Folder!;
    }

    /// <summary>LiteRT 2.3.0 in its environment, and the worker that embeds Python.</summary>
    public static OracleRuntime LiteRt()
    {
        OracleRuntime? found = PythonRuntime.FindAll().FirstOrDefault(runtime => runtime.Name == "litert@2.3.0");
        Demand("litert", found?.Program.FindAssembly() is not null, PythonRuntime.HowToGet);
        return found!;
    }

    /// <summary>The TFLite C library 2.9.0 that set-up gets, or the one that OFFBYN_TFLITE_C names, and the worker that holds it.</summary>
    public static OracleRuntime Native()
    {
        OracleRuntime? found = NativeRuntime.Find();
        Demand("native", found?.Program.FindAssembly() is not null, NativeRuntime.HowToGet);
        return found!;
    }

    /// <summary>An OpenCL device.</summary>
    public static void OpenCl() => Demand("opencl", NoDevice.Value is null, NoDevice.Value ?? "");

    /// <summary>Chromium as the distribution installs it, or the one that OFFBYN_CHROMIUM names.</summary>
    public static string Chromium()
    {
        string path = Environment.GetEnvironmentVariable("OFFBYN_CHROMIUM") is { Length: > 0 } named ? named : "/usr/bin/chromium";
        Demand("chromium", File.Exists(path), $"no browser at {path} (Debian: apt-get install chromium), and OFFBYN_CHROMIUM names none");
        return path;
    }

    private static void Demand(string name, bool found, string reason)
    {
        string[] required = (Environment.GetEnvironmentVariable("OFFBYN_REQUIRE") ?? "").Split(',', StringSplitOptions.TrimEntries);
        bool everythingIsHere = Environment.GetEnvironmentVariable("CI") == "true" && SharedFiles.Folder is not null;
        if (!found && (everythingIsHere || required.Contains(name)))
            Assert.Fail($"{name} is required here: {reason}");
        Skip.IfNot(found, $"{name}: {reason}");
    }
}
