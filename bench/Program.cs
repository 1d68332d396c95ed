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
    default:
        Console.Error.WriteLine("""
            usage: dotnet run -c Release --project bench -- BENCHMARK
              comparison                       GB/s of comparing tensors, by type and share of differing elements
              exact MODEL [INPUT...] [MODEL..] elements that differ from LiteRT, in every flavour, reference and OpenCL
              opencl MODEL [--layers]          milliseconds of the OpenCL pipeline
              speed MODEL                      reference and OpenCL beside LiteRT, in turn
            """);
        return 2;
}
