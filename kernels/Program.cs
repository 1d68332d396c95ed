using OffByN.Kernels;
using OffByN.Workers;

using OpenClSession session = new();
return WorkerHost.Run(args, () => new WorkerHandlers()
    .On(OpenClVerbs.Describe, OpenClSession.Describe)
    .On(OpenClVerbs.Prepare, session.Prepare)
    .On(OpenClVerbs.Run, session.Run));
