using System.Runtime.InteropServices;

namespace OffByN.Workers;

/// <summary>The system calls that .NET has no API for. Numbers are those of Linux.</summary>
internal static partial class Posix
{
    public const int KillSignal = 9;

    private static readonly Dictionary<int, string> SignalNames = new()
    {
        [1] = "SIGHUP", [2] = "SIGINT", [4] = "SIGILL", [5] = "SIGTRAP", [AbortSignal] = "SIGABRT", [7] = "SIGBUS", [8] = "SIGFPE", [KillSignal] = "SIGKILL",
        [11] = "SIGSEGV", [13] = "SIGPIPE", [14] = "SIGALRM", [15] = "SIGTERM", [CpuTimeSignal] = "SIGXCPU", [FileSizeSignal] = "SIGXFSZ", [31] = "SIGSYS",
    };

    public const int AbortSignal = 6;
    public const int CpuTimeSignal = 24;
    public const int FileSizeSignal = 25;

    public enum Resource
    {
        Cpu = 0,
        FileSize = 1,
        Data = 2,
        Core = 4,
    }

    public static string SignalName(int signal) => SignalNames.GetValueOrDefault(signal, $"signal {signal}");

    /// <summary>Lowers the soft limit of this process to <paramref name="value"/>, or to the hard limit if that is lower.</summary>
    /// <exception cref="InvalidOperationException">The system refuses.</exception>
    public static void Limit(Resource resource, long value)
    {
        if (GetLimit((int)resource, out ResourceLimit limit) != 0)
            throw new InvalidOperationException($"cannot read the limit of {resource}: error {Marshal.GetLastPInvokeError()}");
        limit.Soft = Math.Min((ulong)value, limit.Hard);
        if (SetLimit((int)resource, in limit) != 0)
            throw new InvalidOperationException($"cannot set the limit of {resource} to {value}: error {Marshal.GetLastPInvokeError()}");
    }

    [LibraryImport("libc", EntryPoint = "getrlimit", SetLastError = true)]
    private static partial int GetLimit(int resource, out ResourceLimit limit);

    [LibraryImport("libc", EntryPoint = "setrlimit", SetLastError = true)]
    private static partial int SetLimit(int resource, in ResourceLimit limit);

    /// <summary>Duplicates to the lowest free descriptor from <paramref name="lowest"/> on; with command 1030, F_DUPFD_CLOEXEC.</summary>
    [LibraryImport("libc", EntryPoint = "fcntl", SetLastError = true)]
    private static partial int Control(int descriptor, int command, int lowest);

    public static int DuplicatePrivately(int descriptor) => Control(descriptor, 1030, lowest: 100);

    [LibraryImport("libc", EntryPoint = "dup2", SetLastError = true)]
    public static partial int Duplicate(int from, int to);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    public static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "setpgid", SetLastError = true)]
    public static partial int SetProcessGroup(int process, int group);

    [LibraryImport("libc", EntryPoint = "kill", SetLastError = true)]
    public static partial int Kill(int process, int signal);

    [LibraryImport("libc", EntryPoint = "alarm")]
    public static partial uint Alarm(uint seconds);

    [LibraryImport("libc", EntryPoint = "_exit")]
    public static partial void ExitNow(int code);

    [StructLayout(LayoutKind.Sequential)]
    private struct ResourceLimit
    {
        public ulong Soft;
        public ulong Hard;
    }
}
