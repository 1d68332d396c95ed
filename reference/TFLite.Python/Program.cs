using OffByN.TFLite.Python;
using OffByN.Workers;

return WorkerHost.Run(args, () =>
{
    string folder = Environment.GetEnvironmentVariable("OFFBYN_PYTHON_HOME")
        ?? throw new WorkerFailureException(FailureKind.CannotStart, "OFFBYN_PYTHON_HOME names no virtual environment");
    CaptureSession session = new(PythonEnvironment.Load(folder));
    return new WorkerHandlers { Shutdown = CaptureSession.Shutdown }
        .On(OracleVerbs.Describe, session.Describe)
        .On(OracleVerbs.Capture, session.Capture);
});
