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
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- comparison | opencl MODEL [--layers]");
        return 2;
}
