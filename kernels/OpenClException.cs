namespace OffByN.Kernels;

/// <summary>
/// OpenCL cannot do what was asked: no device, a kernel that does not build or bind, a failing call, a write out of bounds. The message is the reason
/// of a <c>not-compared</c>.
/// </summary>
public sealed class OpenClException : Exception
{
    public OpenClException(string message)
        : base(message)
    {
    }

    public OpenClException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
