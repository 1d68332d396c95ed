using OffByN.Harness.CommandLine;

return await Application.RunAsync(args).ConfigureAwait(false);
