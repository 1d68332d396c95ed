using System.ComponentModel;
using System.Diagnostics;

namespace OffByN.Workers;

/// <summary>Runs programs of other people, which inherit the limits of this process.</summary>
internal static class Command
{
    private const int SignalOffset = 128;

    private static readonly TimeSpan Glance = TimeSpan.FromMilliseconds(100);

    /// <exception cref="WorkerFailureException">It cannot be started, ended with another exit code than 0, or wrote too much.</exception>
    public static CommandReceipt Run(CommandOrder order)
    {
        using Process child = Start(order);
        while (!child.WaitForExit(Glance))
        {
            if (BytesIn(order.Output) > order.OutputBytes)
            {
                child.Kill(entireProcessTree: true);
                child.WaitForExit();
            }
        }
        if (BytesIn(order.Output) > order.OutputBytes)
            throw Refused($"wrote more than {order.OutputBytes >> 20} MiB");
        return child.ExitCode switch
        {
            0 => new CommandReceipt(),
            SignalOffset + Posix.CpuTimeSignal => throw Refused("used more processor time than it may"),
            SignalOffset + Posix.FileSizeSignal => throw Refused("wrote a larger file than it may"),
            > SignalOffset and <= SignalOffset + 64 and int code => throw Refused($"died with signal {code - SignalOffset} ({Posix.SignalName(code - SignalOffset)})"),
            int code => throw Refused($"exited with code {code}"),
        };

        WorkerFailureException Refused(string what) => new(FailureKind.Refused, $"{Path.GetFileName(order.Program)} {what}");
    }

    private static Process Start(CommandOrder order)
    {
        try
        {
            return Process.Start(new ProcessStartInfo(order.Program, order.Arguments) { WorkingDirectory = order.WorkingDirectory })!;
        }
        catch (Win32Exception error)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"{order.Program} cannot be started: {error.Message}");
        }
    }

    /// <summary>Files may come and go meanwhile: those that are gone count nothing.</summary>
    private static long BytesIn(string folder)
    {
        try
        {
            return new DirectoryInfo(folder).EnumerateFiles("*", new EnumerationOptions { RecurseSubdirectories = true, AttributesToSkip = FileAttributes.ReparsePoint }).Sum(file => file.Exists ? file.Length : 0);
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
