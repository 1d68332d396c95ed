using OffByN.Bench;

switch (args)
{
    case ["comparison"]:
        ComparisonBenchmark.Run();
        return 0;
    default:
        Console.Error.WriteLine("usage: dotnet run -c Release --project bench -- comparison");
        return 2;
}
