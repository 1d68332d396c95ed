using System.CommandLine;
using OffByN.Harness.Inspection;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>inspect</c> and <c>tap</c>: a model by itself.</summary>
internal static class InspectCommands
{
    public static Command Inspect(IAnsiConsole console)
    {
        Argument<string> model = new("MODEL") { Description = "A .tflite file" };
        Option<bool> json = new("--json") { Description = "As JSON, with every tensor" };
        Command command = new("inspect", """
            Show a model's operators, tensors and quantization.

            Example:
              offbyn inspect mobilenet.tflite
            """)
        { model, json };
        command.SetAction(parsed =>
        {
            Inspection.Inspect.Render(TfliteReader.Read(parsed.GetValue(model)!), console, parsed.GetValue(json));
            return 0;
        });
        return command;
    }

    public static Command Tap(IAnsiConsole console)
    {
        Argument<string> model = new("MODEL") { Description = "A .tflite file" };
        Argument<string> output = new("OUT") { Description = "The tapped copy" };
        Command command = new("tap", """
            Write a copy of a model whose outputs are all operator outputs, so that any TFLite shows them.

            Example:
              offbyn tap mobilenet.tflite tapped.tflite
            """)
        { model, output };
        command.SetAction(parsed =>
        {
            int outputs = TapCommand.Run(parsed.GetValue(model)!, parsed.GetValue(output)!);
            console.MarkupLineInterpolated($"{Printable.Of(parsed.GetValue(output)!)}: {outputs} outputs");
            return 0;
        });
        return command;
    }
}
