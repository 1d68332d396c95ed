using System.Collections.Immutable;
using System.Globalization;
using OffByN.Harness.Candidates;
using OffByN.Harness.Reporting;
using Spectre.Console;

namespace OffByN.Harness.Demo;

/// <summary>What the demo prints.</summary>
internal static class DemoView
{
    /// <summary>The values of the question.</summary>
    private const int Expected = 163, Actual = 161;

    public static void WriteQuestion(IAnsiConsole console)
    {
        console.MarkupLineInterpolated($"[bold]A MobileNet V1 (uint8) rewritten in OpenCL gives {Actual} where TFLite gives {Expected}. Which layer, which element?[/]");
        console.WriteLine("A generated network of that shape, in real TFLite and in four OpenCL pipelines: ours, and three that requantize as the question's code did.");
        console.WriteLine();
    }

    /// <summary>One candidate: its outcome, and an element that its own operator does not explain.</summary>
    public static void WriteCandidate(
        string name, VerificationReport report, ImmutableArray<(CandidateContext Context, CandidateTensors Tensors)> recorded, IAnsiConsole console)
    {
        console.MarkupLineInterpolated($"[bold]--candidate {name}[/]");
        TerminalReport.WriteOutcome(report, console);
        foreach (((CandidateContext context, CandidateTensors tensors), RunReport run) in recorded.Zip(report.Runs))
        {
            if (Sighting.Find(context, tensors, run.Layers, Expected, Actual) is { } sighting)
                console.WriteLine(Sentence(sighting));
        }
        console.WriteLine();
    }

    /// <summary>What a multiplier loses in a float32, and how much of the network that changes.</summary>
    public static void WriteMultipliers(ImmutableArray<NarrowedMultiplier> multipliers, IAnsiConsole console)
    {
        if (multipliers.FirstOrDefault() is not { } first)
            return;
        console.WriteLine(Invariant(
            $"TFLite's multiplier of operator {first.Operator.Index} is {first.Right.Mantissa}; through a float32 it becomes {first.Narrowed.Mantissa}."));
        console.WriteLine(Invariant(
            $"That alone changes {first.Differing:N0} of the {first.Elements:N0} elements of operator {first.Operator.Index}, and {multipliers.Sum(one => one.Differing):N0} of {multipliers.Sum(one => one.Elements):N0} in all {multipliers.Length} convolutions whose multiplier a float32 cannot hold."));
        console.WriteLine("(In the original question, 1992157658 became 1992157696.)");
    }

    private static string Sentence(Sighting sighting)
    {
        string element = string.Join(',', sighting.Layer.Tensor.Shape!.IndexOf(sighting.Flat));
        string alone = sighting.Isolated == sighting.Expected ? "right" : Invariant($"off by {Math.Abs(sighting.Isolated - sighting.Expected)}");
        string origin = string.Join(", ", sighting.Layer.InheritedFrom);
        return Invariant($"operator {sighting.Layer.Layer} {sighting.Layer.Operator.Name} [{element}]: expected {sighting.Expected}, actual {sighting.Cumulative}; by itself it is {alone}: inherited from operator{(sighting.Layer.InheritedFrom.Length == 1 ? "" : "s")} {origin}");
    }

    private static string Invariant(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
