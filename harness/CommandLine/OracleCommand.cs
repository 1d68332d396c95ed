using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>oracle</c>: real TFLite on this machine.</summary>
internal static class OracleCommand
{
    private const int NoOracle = 3;

    public static Command Create(IAnsiConsole console)
    {
        Command list = new("list", """
            Show which real TFLite is here, and how to get what is not.

            Exit codes: 0 there is one, 3 there is none.
            """);
        list.SetAction(async (_, cancel) =>
        {
            ImmutableArray<OracleListing> listings = await OracleCatalogue.ListAsync(WorkerLimits.Default, cancel).ConfigureAwait(false);
            foreach (Finding finding in listings.Select(Finding.Of))
                finding.Print(console);
            return listings.Any(listing => listing.Runtime is not null) ? 0 : NoOracle;
        });
        return new Command("oracle", "Real TFLite on this machine") { list };
    }
}
