using OffByN.TFLite;
using OffByN.Workers;

return WorkerHost.Run(args, () =>
{
    CaptureSession session = CaptureSession.Load(Environment.GetEnvironmentVariable("OFFBYN_TFLITE_C")
        ?? throw new WorkerFailureException(FailureKind.CannotStart, "OFFBYN_TFLITE_C names no TFLite C library"));
    return new WorkerHandlers()
        .On(OracleVerbs.Describe, session.Describe)
        .On(OracleVerbs.Capture, CaptureSession.Capture);
});
