using System.CommandLine;
using System.CommandLine.Help;
using System.CommandLine.Invocation;
using System.CommandLine.Parsing;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;
using OffByN.Model;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary>The command line: parsing, exit codes, and what a user sees when something is wrong.</summary>
public static partial class Application
{
    /// <summary>Bad arguments, malformed input, an output that cannot be written.</summary>
    public const int BadInput = 2;

    /// <summary>No divergence, but something required was not compared.</summary>
    public const int NotCompared = 3;

    public const int Interrupted = 130;

    private const int MaxLine = 2000;

    /// <summary>What the parser also says where it does not know the command; the other message tells more.</summary>
    private const string NoCommand = "Required command was not provided.";

    /// <summary>SIGXFSZ of Linux.</summary>
    private const int FileSizeSignal = 25;

    /// <summary>
    /// Makes a file beyond the limit of file sizes an error of that write, as a full disk is, and not the end of the program. Held to the end: the signal is looked at later
    /// than the write fails.
    /// </summary>
    private static PosixSignalRegistration? tooLarge;

    public static async Task<int> RunAsync(string[] args)
    {
        using CancellationTokenSource cancel = new();
        using PosixSignalRegistration interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Cancel);
        using PosixSignalRegistration terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Cancel);
        tooLarge = PosixSignalRegistration.Create((PosixSignal)FileSizeSignal, signal => signal.Cancel = true);
        return await RunAsync(args, ReportConsole(), Console.Error, cancel.Token).ConfigureAwait(false);

        void Cancel(PosixSignalContext signal)
        {
            signal.Cancel = true;
            cancel.Cancel();
        }
    }

    /// <summary>Runs one command. Reports go to <paramref name="console"/>, progress and errors to <paramref name="errors"/>.</summary>
    public static async Task<int> RunAsync(string[] args, IAnsiConsole console, TextWriter errors, CancellationToken cancel)
    {
        try
        {
            ParseResult parsed = Root(console, errors).Parse(args);
            if (parsed.Errors.Count > 0)
            {
                foreach (string message in parsed.Errors.Select(error => error.Message).Distinct().OrderBy(message => message == NoCommand))
                    await errors.WriteLineAsync($"offbyn: {WithoutTypes(message)}").ConfigureAwait(false);
                await errors.WriteLineAsync($"See '{Words(parsed.CommandResult)} --help'.").ConfigureAwait(false);
                return BadInput;
            }
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null }, cancel)
                .ConfigureAwait(false);
        }
        catch (UserErrorException error)
        {
            // Messages quote names out of files: none of them may steer the terminal.
            await errors.WriteLineAsync("offbyn: " + string.Join('\n', error.Message.Split('\n').Select(line => Printable.Of(line, MaxLine)))).ConfigureAwait(false);
            return BadInput;
        }
        catch (IdentityMismatchException mismatch)
        {
            await errors.WriteLineAsync($"offbyn: {mismatch.Message}").ConfigureAwait(false);
            return NotCompared;
        }
        catch (IOException error)
        {
            // Files say so by a UserErrorException, with their name: what is left is the standard output.
            await errors.WriteLineAsync($"offbyn: the output could not be written: {error.Message.TrimEnd('.')}. Make room, or choose another place.").ConfigureAwait(false);
            return BadInput;
        }
        catch (OperationCanceledException) when (cancel.IsCancellationRequested)
        {
            await errors.WriteLineAsync("offbyn: interrupted; nothing was written").ConfigureAwait(false);
            return Interrupted;
        }
    }

    /// <summary>The parser names a number's type as programs do.</summary>
    private static string WithoutTypes(string message) => TypeName().Replace(message, found => ": expected " + found.Groups[1].Value switch
    {
        "UInt64" or "UInt32" => "a whole number of at least 0",
        "Int32" or "Int64" => "a whole number",
        "Double" or "Single" => "a number",
        string other => other,
    });

    [GeneratedRegex(@" as expected type '(?:System\.Nullable`1\[)?System\.(\w+)\]?'")]
    private static partial Regex TypeName();

    /// <summary><c>offbyn golden check</c>: a command with those that it belongs to.</summary>
    private static string Words(CommandResult command) =>
        command.Parent is CommandResult parent ? $"{Words(parent)} {command.Command.Name}" : "offbyn";

    /// <summary>Standard output. A pipe or file has no width of its own: its lines are made wide enough not to be broken.</summary>
    private static IAnsiConsole ReportConsole()
    {
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings());
        if (Console.IsOutputRedirected)
            console.Profile.Width = 160;
        return console;
    }

    private static RootCommand Root(IAnsiConsole console, TextWriter errors)
    {
        RootCommand root = Commands(console, errors);
        foreach (HelpOption help in root.Options.OfType<HelpOption>())
            help.Action = new ShortHelp((HelpAction)help.Action!);
        return root;
    }

    /// <summary>Of the commands below a command help has the first lines: examples and exit codes are in the help of each.</summary>
    private sealed class ShortHelp(HelpAction help) : SynchronousCommandLineAction
    {
        public override bool ClearsParseErrors => true;

        public override int Invoke(ParseResult parseResult)
        {
            foreach (Command below in parseResult.CommandResult.Command.Subcommands)
                below.Description = below.Description?.ReplaceLineEndings("\n").Split("\n\n")[0].Replace('\n', ' ');
            return help.Invoke(parseResult);
        }
    }

    private static RootCommand Commands(IAnsiConsole console, TextWriter errors) => new("""
        Finds the operator, the element and the arithmetic step where a quantized-inference kernel parts from TensorFlow Lite.

        Example:
          offbyn verify mobilenet.tflite --input dog.ppm

        'offbyn COMMAND --help' has the options of a command, examples, and what its exit codes mean.
        """)
    {
        DemoCommand.Create(console, errors),
        VerifyCommand.Create(console, errors),
        BisectCommand.Create(console, errors),
        ExplainCommand.Create(console, errors),
        StressCommand.Create(console, errors),
        ReproCommand.Create(console, errors),
        ExploreCommand.Create(console, errors),
        InspectCommands.Inspect(console),
        InspectCommands.Tap(console),
        OracleCommand.Create(console, errors),
        DoctorCommand.Create(console),
        GoldenCommands.Create(console, errors),
    };
}
