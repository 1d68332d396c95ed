using Spectre.Console;

namespace OffByN.Harness.Reporting;

public static class TerminalReport
{
    public static void Print(VerificationReport report, IAnsiConsole console)
    {
        foreach (RunReport run in report.Runs)
        {
            console.WriteLine($"{run.Verdict} {run.Oracle.Runtime} {run.Oracle.Version} {run.Oracle.Flavour} {run.InputName} {run.Coverage.Compared}/{run.Coverage.Total} {run.Reason}");
            foreach (LayerComparison layer in run.Layers)
                console.WriteLine($"{layer.Layer} {layer.Operator.Name} {layer.Verdict} {layer.Isolated?.Differing}/{layer.Isolated?.Elements} {layer.Cumulative?.Differing} {layer.Reason}");
        }
    }
}
