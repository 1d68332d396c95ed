using System.Globalization;
using System.Text;
using System.Xml;
using OffByN.Harness.Comparison;
using OffByN.Harness.Policy;

namespace OffByN.Harness.Reporting;

/// <summary>
/// The report as JUnit XML, for the test views of continuous integration: a suite for each flavour and input, a case for each operator output. A last case
/// holds the verdict of the whole report, so the file is green exactly when the exit code is 0.
/// </summary>
public static class JUnitReport
{
    public static void Write(VerificationReport report, Stream destination)
    {
        using XmlWriter xml = XmlWriter.Create(destination, new XmlWriterSettings { Indent = true, NewLineChars = "\n", Encoding = new UTF8Encoding(false), CloseOutput = false });
        Case[][] suites = [.. report.Runs.Select(run => run.Layers.Select(layer => CaseOf(report, run, layer)).ToArray())];
        Case verdict = VerdictOf(report);
        xml.WriteStartElement("testsuites");
        xml.WriteAttributeString("name", "offbyn verify");
        WriteCounts(xml, [.. suites.SelectMany(cases => cases), verdict]);
        foreach ((RunReport run, Case[] cases) in report.Runs.Zip(suites))
            WriteSuite(xml, $"{Sentences.Oracle(run)}, {Sentences.Name(run.InputName)}", cases, run);
        WriteSuite(xml, "verdict", [verdict], null);
        xml.WriteEndElement();
    }

    private static Case CaseOf(VerificationReport report, RunReport run, LayerComparison layer)
    {
        string output = layer.IsState ? " state" : layer.Output == 0 ? "" : $" output {layer.Output}";
        Case judged = new(
            $"{Sentences.Name(run.Oracle.Runtime)}.{Sentences.Word(run.Oracle.Flavour)}",
            $"{layer.Layer.Value.ToString("D3", CultureInfo.InvariantCulture)} {Sentences.Kind(layer)}{output}, {Sentences.Tensor(layer)}",
            ResultOf(layer),
            MessageOf(layer));
        bool isRequired = report.Verdict != Verdict.Pass || run.Verdict == Verdict.Pass;
        return isRequired || judged.Result != Result.Failed
            ? judged
            : judged with { Result = Result.Skipped, Message = $"not required, since the candidate equals another flavour: {judged.Message}" };
    }

    private static Result ResultOf(LayerComparison layer) =>
        Verdicts.Fails(layer) ? Result.Failed : layer.Verdict == LayerVerdict.NotCompared ? Result.Skipped : Result.Passed;

    private static string MessageOf(LayerComparison layer) => layer.Verdict switch
    {
        LayerVerdict.Diverges => string.Join('\n', [.. layer.Causes.Take(1).Select(CauseSentences.Of), Differs(layer.Isolated ?? layer.Cumulative) + Sentences.Together(layer)]),
        LayerVerdict.Inherited => $"{Differs(layer.Cumulative)}, {Sentences.Origin(layer)}{Sentences.Together(layer)}",
        LayerVerdict.NotCompared when Verdicts.Fails(layer) => $"{Differs(layer.Cumulative)}, {Sentences.AloneUnknown(layer)}",
        LayerVerdict.NotCompared => Sentences.Reason(layer.Reason),
        LayerVerdict.Within => $"{Differs(layer.Isolated)}, {Sentences.Allowance(layer)}{Sentences.Together(layer)}",
        _ => Sentences.Together(layer).Trim(),
    };

    private static string Differs(Metrics? metrics) => metrics is null
        ? "differs"
        : $"{Sentences.Share(metrics)}, furthest by {Sentences.Distance(metrics)}, at {Sentences.Element(metrics)}";

    private static Case VerdictOf(VerificationReport report) => new(
        "offbyn",
        "verdict",
        report.Verdict switch { Verdict.Pass => Result.Passed, Verdict.Fail => Result.Failed, _ => Result.Error },
        CauseSentences.Best(report) is { } cause ? $"{cause}\n{Sentences.Outcome(report)}" : Sentences.Outcome(report));

    private static void WriteSuite(XmlWriter xml, string name, Case[] cases, RunReport? run)
    {
        xml.WriteStartElement("testsuite");
        xml.WriteAttributeString("name", name);
        WriteCounts(xml, cases);
        foreach (Case each in cases)
            Write(xml, each);
        if (run is not null)
            xml.WriteElementString("system-out", string.Join('\n', [.. CauseSentences.Of(run), $"{Sentences.Word(run.Verdict)}  {Sentences.Outcome(run)}", Sentences.CoverageOf(run)]));
        xml.WriteEndElement();
    }

    private static void Write(XmlWriter xml, Case written)
    {
        xml.WriteStartElement("testcase");
        xml.WriteAttributeString("classname", written.Class);
        xml.WriteAttributeString("name", written.Name);
        xml.WriteAttributeString("time", "0");
        string? element = written.Result switch { Result.Failed => "failure", Result.Error => "error", Result.Skipped => "skipped", _ => null };
        if (element is not null)
        {
            xml.WriteStartElement(element);
            xml.WriteAttributeString("message", written.Message);
            xml.WriteEndElement();
        }
        else if (written.Message.Length > 0)
        {
            xml.WriteElementString("system-out", written.Message);
        }
        xml.WriteEndElement();
    }

    private static void WriteCounts(XmlWriter xml, Case[] cases)
    {
        xml.WriteAttributeString("tests", XmlConvert.ToString(cases.Length));
        xml.WriteAttributeString("failures", XmlConvert.ToString(cases.Count(each => each.Result == Result.Failed)));
        xml.WriteAttributeString("errors", XmlConvert.ToString(cases.Count(each => each.Result == Result.Error)));
        xml.WriteAttributeString("skipped", XmlConvert.ToString(cases.Count(each => each.Result == Result.Skipped)));
    }

    private enum Result
    {
        Passed,
        Failed,
        Error,
        Skipped,
    }

    private sealed record Case(string Class, string Name, Result Result, string Message);
}
