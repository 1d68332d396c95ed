using System.Globalization;
using OffByN.Bench;

switch (args)
{
    case ["comparison"]:
        ComparisonBenchmark.Run();
        return 0;
    case ["opencl", string model]:
        return OpenClBenchmark.Run(model, isPerLayer: false);
    case ["opencl", string model, "--layers"]:
        return OpenClBenchmark.Run(model, isPerLayer: true);
    case ["speed", string model]:
        return SpeedBenchmark.Run(model);
    case ["exact", .. string[] models] when models.Length > 0:
        return await ExactnessBenchmark.RunAsync(models).ConfigureAwait(false);
    case ["golden-check", string model]:
        return GoldenCheckBenchmark.Run(model);
    case ["golden-check", string model, string folder]:
        return GoldenCheckBenchmark.RunFresh(model, folder);
    case ["golden-verify", string model]:
        return GoldenVerifyBenchmark.Run(model);
    case ["golden-kill", string kills]:
        return GoldenKillBenchmark.Run(int.Parse(kills, CultureInfo.InvariantCulture));
    case ["snapshot"]:
        return SnapshotBenchmark.Run();
    case ["snapshot", "make", string folder]:
        return SnapshotBenchmark.Make(folder);
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project bench -- BENCHMARK
              comparison                       GB/s of comparing tensors, by type and share of differing elements
              exact MODEL [INPUT...] [MODEL..] elements that differ from LiteRT, in every flavour, reference and OpenCL
              golden-check MODEL               milliseconds of 'golden check' beyond start and capture
              golden-kill N                    SIGKILL during 'golden capture --replace', N times, checked by digest
              golden-verify MODEL              'verify' against a golden, the whole command, beside numpy
              opencl MODEL [--layers]          milliseconds of the OpenCL pipeline
              snapshot                         GB/s of comparing mapped snapshots of 1 GB, and the memory that it takes
              speed MODEL                      reference and OpenCL beside LiteRT, in turn
            """);
        return 2;
}
