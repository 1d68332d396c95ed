using System.Collections.Immutable;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Model;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>
/// A run to capture. <see cref="TappedModel"/> is a copy of the model of <see cref="Graph"/> whose outputs name every operator output; <see cref="Input"/>
/// has one entry under <see cref="TensorSet.InputKeyOf"/> for each graph input.
/// </summary>
public sealed record CaptureRequest(Graph Graph, ReadOnlyMemory<byte> TappedModel, ModelInput Input, Flavour Flavour)
{
    public int Threads { get; init; } = 1;

    /// <summary>Whether <see cref="TappedModel"/> is not tapped, and its tensors are kept by the runtime's own preserve_all_tensors: see <see cref="PreservationCheck"/>.</summary>
    public bool Preserves { get; init; }

    /// <summary>The outputs of <see cref="TappedModel"/> that are read.</summary>
    public ImmutableArray<TensorIndex> Taps { get; init; } = Tapping.Tapped(Graph);
}

/// <summary>Why there is no capture; in the reports, <c>not-compared</c>.</summary>
public enum NotCapturedKind
{
    Crashed,
    Hung,
    Refused,
    OutOfMemory,
    CannotStart,

    /// <summary>Two runs in fresh interpreters gave different bytes.</summary>
    NotReproducible,
}

/// <summary><see cref="Reason"/> is one line; <see cref="StderrTail"/> the end of what the worker wrote to stderr.</summary>
public sealed record NotCaptured(NotCapturedKind Kind, string Reason, string StderrTail);

/// <summary>What came of one request: exactly one of the two is not null.</summary>
public sealed record CaptureOutcome(Capture? Capture, NotCaptured? Failure)
{
    public static CaptureOutcome From(Answer<CaptureOutcome> answer) => answer.Failure is { } failure
        ? new CaptureOutcome(null, new NotCaptured(KindOf(failure.Kind), failure.Reason, failure.StderrTail))
        : answer.Value!;

    private static NotCapturedKind KindOf(FailureKind kind) => kind switch
    {
        FailureKind.Hung => NotCapturedKind.Hung,
        FailureKind.Refused => NotCapturedKind.Refused,
        FailureKind.OutOfMemory => NotCapturedKind.OutOfMemory,
        FailureKind.CannotStart => NotCapturedKind.CannotStart,
        _ => NotCapturedKind.Crashed,
    };
}

/// <summary>Real TFLite.</summary>
public interface IOracle : IKeepsWorkers
{
    /// <summary>The name in <c>--oracle</c>: <c>litert@2.3.0</c>.</summary>
    string Name { get; }

    /// <summary>Those that it has. Asked for another one, it refuses with the reason.</summary>
    ImmutableArray<Flavour> Flavours { get; }

    /// <summary>
    /// Captures every request, in order. Requests that are asked for together share a process; one that fails, whatever the way, is a failure of its own
    /// and leaves the others unharmed.
    /// </summary>
    Task<ImmutableArray<CaptureOutcome>> CaptureAsync(IReadOnlyList<CaptureRequest> requests, CancellationToken cancel = default);

    /// <summary>Gives back the memory of a capture that nobody reads any more.</summary>
    void Release(Capture capture)
    {
    }
}
