using OffByN.Kernels;
using OffByN.Workers;

return WorkerHost.Run(args, () => new WorkerHandlers()
    .On(OpenClVerbs.Describe, OpenClSession.Describe)
    .On(OpenClVerbs.Run, OpenClSession.Run));
