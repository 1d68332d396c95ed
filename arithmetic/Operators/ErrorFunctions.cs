using System.Runtime.InteropServices;

namespace OffByN.Arithmetic.Operators;

/// <summary>Functions of the host's C library that .NET lacks.</summary>
public static class ErrorFunctions
{
    private const string Library = "libm.so.6";

    /// <summary>erfcf: the complementary error function in float32, as TFLite's scalar code calls it.</summary>
    /// <exception cref="NotComputableException">The host has no such library.</exception>
    public static float Complementary(float x)
    {
        try
        {
            return erfcf(x);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            throw Missing(nameof(erfcf));
        }
    }

    /// <summary>erfc: the complementary error function in float64.</summary>
    /// <exception cref="NotComputableException">The host has no such library.</exception>
    public static double Complementary(double x)
    {
        try
        {
            return erfc(x);
        }
        catch (Exception missing) when (missing is DllNotFoundException or EntryPointNotFoundException)
        {
            throw Missing(nameof(erfc));
        }
    }

    private static NotComputableException Missing(string function) => new($"{function} of {Library} is needed, which is not here");

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern float erfcf(float x);

    [DllImport(Library, ExactSpelling = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern double erfc(double x);
}
