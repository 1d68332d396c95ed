using System.Runtime.InteropServices;
using Xunit;

namespace OffByN.Tests.Operators;

/// <summary>
/// The reference is exact where TFLite calls expf, logf and tanhf because it calls the same ones: those of the C library of the machine that both run on. Another library's may
/// differ in the last bit.
/// </summary>
public sealed class LibraryFunctionTests
{
    [UnmanagedFunctionPointer(CallingConvention.Cdecl)]
    private delegate float Function(float x);

    [SkippableFact]
    public void Exponential_logarithm_and_hyperbolic_tangent_of_the_reference_are_the_C_librarys_to_the_bit()
    {
        nint library = 0;
        Skip.IfNot(OperatingSystem.IsLinux() && NativeLibrary.TryLoad("libm.so.6", out library), "no libm.so.6 here");
        Random random = new(1);
        foreach ((string name, Func<float, float> own) in new (string, Func<float, float>)[] { ("expf", MathF.Exp), ("logf", MathF.Log), ("tanhf", MathF.Tanh) })
        {
            Function function = Marshal.GetDelegateForFunctionPointer<Function>(NativeLibrary.GetExport(library, name));
            for (int i = 0; i < 200_000; i++)
            {
                float x = i % 2 == 0 ? BitConverter.UInt32BitsToSingle((uint)random.NextInt64(1L << 32)) : (random.NextSingle() - 0.5f) * 200;
                if (!float.IsNaN(x) && !(name == "logf" && x < 0))
                    Assert.Equal(BitConverter.SingleToUInt32Bits(function(x)), BitConverter.SingleToUInt32Bits(own(x)));
            }
        }
    }
}
