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
    case ["exactness", string file]:
        return await ExactnessTableBenchmark.RunAsync(file).ConfigureAwait(false);
    case ["evidence", string file, .. string[] operators]:
        return await EvidenceBenchmark.RunAsync(file, operators).ConfigureAwait(false);
    case ["golden-check", string model]:
        return GoldenCheckBenchmark.Run(model);
    case ["golden-check", string model, string folder]:
        return GoldenCheckBenchmark.RunFresh(model, folder);
    case ["golden-verify", string model]:
        return GoldenVerifyBenchmark.Run(model);
    case ["golden-kill", string number] when int.TryParse(number, CultureInfo.InvariantCulture, out int kills) && kills > 0:
        return GoldenKillBenchmark.Run(kills);
    case ["many", string model]:
        return ManyInputsBenchmark.Run(model);
    case ["functions"]:
        return FunctionsBenchmark.Run();
    case ["snapshot"]:
        return SnapshotBenchmark.Run();
    case ["snapshot", "make", string folder]:
        return SnapshotBenchmark.Make(folder);
    case ["capture", string model]:
        await CaptureBenchmark.RunAsync(model).ConfigureAwait(false);
        return 0;
    case ["faults"]:
        return await FaultBenchmark.RunAsync(kills: 100).ConfigureAwait(false);
    case ["faults", "--kills", string number] when int.TryParse(number, CultureInfo.InvariantCulture, out int kills) && kills > 0:
        return await FaultBenchmark.RunAsync(kills).ConfigureAwait(false);
    case ["diagnosis", string model, string input, string kernels]:
        return await DiagnosisBenchmark.RunAsync(model, input, kernels).ConfigureAwait(false);
    case ["mutations", .. string[] arguments] when arguments.Length > 0:
        return await MutationBenchmark.RunAsync(arguments).ConfigureAwait(false);
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project bench -- BENCHMARK
              capture MODEL                    milliseconds of a capture, by oracle, flavour and threads
              comparison                       GB/s of comparing tensors, by type and share of differing elements
              diagnosis MODEL INPUT KERNELS    milliseconds of diagnosing every operator in which the kernels part from LiteRT
              mutations MODEL... [only=NAME]   mistakes planted in kernels, and whether the diagnosis names them
              exact MODEL [INPUT...] [MODEL..] elements that differ from LiteRT, in every flavour, reference and OpenCL
              evidence FILE [OPERATOR...]      between which arithmetics real TFLite decided, and how often: a table
              exactness FILE                   what is computed exactly, by operator, type and profile: a table
              faults [--kills N]               answers of workers that are killed at random moments: right, not compared, wrong, lost
              golden-check MODEL               milliseconds of 'golden check' beyond start and capture
              golden-kill N                    SIGKILL during 'golden capture --replace', N times, checked by digest
              golden-verify MODEL              'verify' against a golden, the whole command, beside numpy
              functions                        the OpenCL kernels' exponentials and logarithms beside the C library's, over every float32
              many MODEL                       inputs a second of 'verify --seeds', every layer and statistic, and the memory that it takes
              opencl MODEL [--layers]          milliseconds of the OpenCL pipeline
              snapshot                         GB/s of comparing mapped snapshots of 1 GB, and the memory that it takes
              speed MODEL                      reference and OpenCL beside LiteRT, in turn
            """);
        return 2;
}
