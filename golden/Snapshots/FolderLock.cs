using System.Diagnostics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using OffByN.Model;

namespace OffByN.Golden.Snapshots;

/// <summary>
/// Holds a folder against other writers. The lock is the kernel's and on the folder itself: it leaves no file behind and ends with its process, however that
/// ends, so it is never stale.
/// </summary>
internal sealed partial class FolderLock : IDisposable
{
    private const int CloseOnExec = 0x80000;
    private const int Exclusive = 2;
    private const int NonBlocking = 4;
    private const int Busy = 11;

    private readonly SafeFileHandle folder;

    private FolderLock(SafeFileHandle folder) => this.folder = folder;

    /// <exception cref="UserErrorException">The folder cannot be opened, or another process holds it longer than <paramref name="patience"/>.</exception>
    public static FolderLock Take(string path, TimeSpan patience)
    {
        SafeFileHandle folder = new(Open(path, CloseOnExec), ownsHandle: true);
        if (folder.IsInvalid)
            throw new UserErrorException($"{path}: cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        for (long start = Stopwatch.GetTimestamp(); Lock(folder, Exclusive | NonBlocking) != 0;)
        {
            if (Marshal.GetLastPInvokeError() == Busy && Stopwatch.GetElapsedTime(start) < patience)
            {
                Thread.Sleep(20);
                continue;
            }
            string reason = Marshal.GetLastPInvokeError() == Busy ? "another process is writing to it; wait for that one" : Marshal.GetLastPInvokeErrorMessage();
            folder.Dispose();
            throw new UserErrorException($"{path}: cannot be locked: {reason}.");
        }
        return new FolderLock(folder);
    }

    /// <summary>Makes what was renamed in the folder outlive a loss of power. A file system that has no such thing is believed.</summary>
    public void Flush() => _ = Synchronize(folder);

    public void Dispose() => folder.Dispose();

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int operation);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Synchronize(SafeFileHandle file);
}
