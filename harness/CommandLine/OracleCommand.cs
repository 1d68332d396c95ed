using System.Collections.Immutable;
using System.CommandLine;
using OffByN.Harness.Stress.Evidence;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>oracle</c>: real TFLite on this machine.</summary>
internal static class OracleCommand
{
    private const int NoOracle = 3;

    public static Command Create(IAnsiConsole console, TextWriter errors)
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
        return new Command("oracle", "Real TFLite on this machine") { list, Fingerprint(console, errors) };
    }

    private static Command Fingerprint(IAnsiConsole console, TextWriter errors)
    {
        Option<string> oracle = new("--oracle") { Description = "litert[@VERSION], native or auto: every one that is here", DefaultValueFactory = _ => "auto" };
        Option<bool> fresh = new("--fresh") { Description = "Run it again, whatever was found before" };
        Option<bool> quiet = new("--quiet") { Description = "No progress on stderr" };
        Command command = new("fingerprint", """
            Find out what a runtime computes, operator by operator, whatever it calls itself: generated cases that tell the known arithmetics apart run through it.
            The result is kept, by the library's sha256, in the user's cache folder.

            Example:
              offbyn oracle fingerprint --oracle native

            Exit codes: 0 every operator follows a known profile or is one that no profile computes, 3 some operator is unlike all profiles, or there is no oracle.
            """)
        { oracle, fresh, quiet };
        command.SetAction(async (parsed, cancel) =>
        {
            string name = parsed.GetValue(oracle)!;
            OracleRuntime[] runtimes = [.. OracleCatalogue.Found().Where(runtime => name == "auto" || runtime.Name == name || runtime.Name.StartsWith(name + "@", StringComparison.Ordinal))];
            ImmutableArray<OracleListing> listings = await OracleCatalogue.ListAsync(WorkerLimits.Default, cancel).ConfigureAwait(false);
            bool allKnown = runtimes.Length > 0;
            foreach (OracleRuntime runtime in runtimes)
            {
                OracleListing listing = listings.First(one => one.Name == runtime.Name);
                if (listing.Runtime is not { } description)
                {
                    Finding.Of(listing).Print(console);
                    allKnown = false;
                    continue;
                }
                Stress.Evidence.Fingerprint? found = parsed.GetValue(fresh) ? null : Fingerprinting.Cached(description);
                if (found is null)
                {
                    using ConsoleProgress progress = new(errors, parsed.GetValue(quiet));
                    found = await Fingerprinting.TakeAsync(runtime, description, progress, cancel).ConfigureAwait(false);
                    Fingerprinting.Keep(found);
                }
                FingerprintView.Write(found, runtime.Name, console);
                allKnown &= !found.Lines.Any(line => line.IsUnlikeAny);
            }
            if (runtimes.Length == 0)
                console.WriteLine($"oracle {Printable.Of(name)} is not here; see 'offbyn oracle list'.");
            return allKnown ? 0 : NoOracle;
        });
        return command;
    }
}
