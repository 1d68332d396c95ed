namespace OffByN.Arithmetic;

/// <summary>
/// An operator whose arithmetic is not known here: an unmodelled option, type or layout. The message is the reason of a
/// <c>not-compared</c>, for that operator alone; it is never a guess and never ends the run.
/// </summary>
public sealed class NotComputableException(string reason) : Exception(reason);
