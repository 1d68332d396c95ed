using System.Globalization;
using OffByN.Reference.Oracles;
using OffByN.Tests.Workers;

namespace OffByN.Bench;

/// <summary>Kills each kind of worker that is here at random moments; every answer must be right, or said not to be there.</summary>
internal static class FaultBenchmark
{
    public static async Task<int> RunAsync(int kills)
    {
        Console.WriteLine("| worker | killed | runs of 10 | right | not compared | wrong | lost |");
        Console.WriteLine("|---|---:|---:|---:|---:|---:|---:|");
        string model = Path.GetTempFileName();
        try
        {
            bool honest = true;
            foreach (OracleRuntime runtime in OracleCatalogue.Found())
                honest &= Print(await WorkerFaults.OfOracle(runtime).DisturbAsync(kills, seed: 1).ConfigureAwait(false));
            if (OracleCatalogue.Found() is [.., OracleRuntime oracle])
                honest &= Print(await (await WorkerFaults.OfOpenClAsync(oracle, model).ConfigureAwait(false)).DisturbAsync(kills, seed: 1).ConfigureAwait(false));
            return honest ? 0 : 1;
        }
        finally
        {
            File.Delete(model);
        }
    }

    private static bool Print(FaultTally tally)
    {
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"| {tally.Worker} | {tally.Kills} | {tally.Runs} | {tally.Right} | {tally.NotCompared} | {tally.Wrong} | {tally.Lost} |"));
        return tally is { Wrong: 0, Lost: 0 };
    }
}
