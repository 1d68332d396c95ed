using OffByN.Workers;

return WorkerHost.Run(args, () => new WorkerHandlers().On(CommandVerbs.Run, Command.Run));
