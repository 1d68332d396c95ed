namespace OffByN.Model;

/// <summary>
/// Something that the user gave cannot be used: an argument, a file, an input. The message is the whole text that the user reads:
/// what was expected, what was found, where, and what to do next. Ends the command with exit code 2, without a stack trace.
/// </summary>
public sealed class UserErrorException : Exception
{
    public UserErrorException(string message)
        : base(message)
    {
    }

    public UserErrorException(string message, Exception cause)
        : base(message, cause)
    {
    }
}
