using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using OffByN.Harness.Diagnosis;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;
using OffByN.Workers;

namespace OffByN.Harness;

/// <summary>
/// A verification of more inputs than are in memory at a time: in parts, whose reports are merged exactly. The oracle goes on with the next part while one is compared.
/// </summary>
internal sealed class ManyInputs(VerificationRequest request, IProgress<string> progress)
{
    /// <summary>Runs that are captured and compared together, at most: their tensors are in memory at a time, those of the others are not.</summary>
    private const int MostRunsAtOnce = 16;

    /// <summary>Of the oracle's tensors together; the candidate's take up to twice as much.</summary>
    private const long BytesAtOnce = 32L << 20;

    /// <summary>Inputs for which workers are kept: what is asked again where one dies late.</summary>
    private const int InputsKept = 128;

    private readonly long start = Stopwatch.GetTimestamp();
    private DiagnosedRuns diagnosed = new();
    private int done;

    /// <summary>Inputs that one part may have.</summary>
    public static int AtOnce(VerificationRequest request)
    {
        long bytes = Tapping.Tapped(request.Graph).Sum(tensor => request.Graph[tensor] is { Shape: { } shape } info ? info.Type.Bytes(shape.Elements) : 0);
        return Math.Max((int)Math.Clamp(BytesAtOnce / Math.Max(bytes, 1), 1, MostRunsAtOnce) / request.Flavours.Length, 1);
    }

    public async Task<VerificationReport> RunAsync(CancellationToken cancel)
    {
        List<VerificationReport> reports = [];
        foreach (int[] kept in Enumerable.Range(0, request.Inputs.Count).Chunk(InputsKept))
        {
            int[][] parts = [.. kept.Chunk(AtOnce(request))];
            DiagnosedRuns before = diagnosed.Copy();
            if (await RunKeptAsync(parts, cancel).ConfigureAwait(false) is not { } made)
            {
                Release(diagnosed.Captures.Where(capture => !before.Captures.Contains(capture)));
                diagnosed = before;
                made = await RunPartsAsync(parts, cancel).ConfigureAwait(false);
            }
            reports.AddRange(made);
        }
        Release(diagnosed.Captures);
        return VerificationReport.Merge([.. reports]);
    }

    /// <summary>The parts, in workers that are kept over all of them; null where one of those died and nothing that it answered counts.</summary>
    private async Task<List<VerificationReport>?> RunKeptAsync(int[][] parts, CancellationToken cancel)
    {
        int before = done;
        (List<VerificationReport> reports, bool isSettled) = await KeptWorkers.DuringAsync([request.Oracle, request.Candidate], () => RunPartsAsync(parts, cancel), cancel).ConfigureAwait(false);
        if (isSettled)
            return reports;
        done = before;
        return null;
    }

    private async Task<List<VerificationReport>> RunPartsAsync(int[][] parts, CancellationToken cancel)
    {
        List<VerificationReport> reports = [];
        byte[] tapped = Tapping.Tap(request.Model, request.Graph);
        using CancellationTokenSource ended = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        Task<(VerificationRequest Part, ImmutableArray<CaptureOutcome> Captures)> next = CapturePartAsync(parts[0]);
        try
        {
            for (int part = 0; part < parts.Length; part++)
            {
                (VerificationRequest asked, ImmutableArray<CaptureOutcome> captures) = await next.ConfigureAwait(false);
                // The oracle goes on with the next inputs while these are compared.
                if (part + 1 < parts.Length)
                    next = CapturePartAsync(parts[part + 1]);
                reports.Add(await Verification.CompareAsync(asked, captures, diagnosed, NoProgress.Instance, cancel).ConfigureAwait(false));
                Release(captures.Select(outcome => outcome.Capture).OfType<Capture>().Where(capture => !diagnosed.Captures.Contains(capture)));
                Report(parts[part].Length);
                if (request.WithMaps)
                    KeepMapsOfTheWorst(reports);
            }
            return reports;
        }
        finally
        {
            // Behind an exception no capture goes on.
            await ended.CancelAsync().ConfigureAwait(false);
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        async Task<(VerificationRequest, ImmutableArray<CaptureOutcome>)> CapturePartAsync(int[] inputs)
        {
            VerificationRequest part = request with { Inputs = [.. inputs.Select(input => request.Inputs[input])] };
            return (part, await Verification.CaptureAsync(part, tapped, ended.Token).ConfigureAwait(false));
        }
    }

    /// <summary>Only the worst run of the flavour that decides is looked at closely: the others let their maps go. Which run that is, is for the gate to say.</summary>
    private void KeepMapsOfTheWorst(List<VerificationReport> reports)
    {
        int[] mapped = [.. Enumerable.Range(0, reports.Count).Where(i => reports[i].Runs.Any(run => run.Layers.Any(layer => layer.Map is not null)))];
        RunReport?[] worst = [.. mapped.SelectMany(i => reports[i].Runs).GroupBy(run => run.Oracle.Flavour).Select(runs => Decisive.WorstOf(runs, request.Judged))];
        foreach (int i in mapped)
            reports[i] = reports[i] with { Runs = [.. reports[i].Runs.Select(run => worst.Contains(run) ? run : run with { Layers = [.. run.Layers.Select(layer => layer with { Map = null })] })] };
    }

    private void Release(IEnumerable<Capture> captures)
    {
        foreach (Capture capture in captures)
            request.Oracle.Release(capture);
    }

    private void Report(int more)
    {
        done += more;
        double rate = done / Stopwatch.GetElapsedTime(start).TotalSeconds;
        progress.Report(string.Create(
            CultureInfo.InvariantCulture, $"{done} of {request.Inputs.Count} inputs, {rate:F1} a second, {(request.Inputs.Count - done) / rate:F0} s left"));
    }
}
