namespace OffByN.Workers;

/// <summary>How a worker failed to answer.</summary>
public enum FailureKind
{
    /// <summary>Its process died, or answered with something that is no reply.</summary>
    Crashed,

    /// <summary>It gave no answer before its deadline, or used up its processor time.</summary>
    Hung,

    /// <summary>It is well, and the foreign code in it will not do what was asked.</summary>
    Refused,

    /// <summary>
    /// It needed more memory than it may have, and said so. A process that has not even the memory to say so counts as <see cref="Crashed"/>.
    /// </summary>
    OutOfMemory,

    /// <summary>It, or the foreign code in it, is not on this machine or does not start.</summary>
    CannotStart,
}

/// <summary>A worker gave no answer. <see cref="Reason"/> is one line, whatever lines it was given; <see cref="StderrTail"/> is the end of what it wrote to stderr.</summary>
public sealed class WorkerFailureException : Exception
{
    public WorkerFailureException(FailureKind kind, string reason, string stderrTail = "")
        : base(reason.Trim().ReplaceLineEndings(" "))
    {
        Kind = kind;
        StderrTail = stderrTail;
    }

    public FailureKind Kind { get; }

    public string Reason => Message;

    public string StderrTail { get; }

    /// <summary>True when the worker itself may have suffered, so that nothing it answered can be relied on.</summary>
    public bool IsDeath => Kind is FailureKind.Crashed or FailureKind.Hung or FailureKind.OutOfMemory;
}
