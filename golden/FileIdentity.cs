using System.Runtime.InteropServices;

namespace OffByN.Golden;

/// <summary>
/// Which file a path leads to, whatever its spelling and whatever links it goes through: device and inode of one that is there (<see cref="Name"/> empty), of one that is
/// not those of its folder, and its name in it.
/// </summary>
public readonly partial record struct FileIdentity
{
    private const int CurrentFolder = -100;
    private const uint Inode = 0x100;

    private readonly ulong inode;
    private readonly uint major, minor;

    private FileIdentity(Status status, string name) => (inode, major, minor, Name) = (status.Inode, status.Major, status.Minor, name);

    /// <summary>The last part of the path of a file that is not there; empty for one that is.</summary>
    public string Name { get; }

    /// <summary>Null where not even the folder is there.</summary>
    public static FileIdentity? Of(string path)
    {
        // As .NET itself reads a path: 'a/..' is nothing, also where a is a link.
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        return StatusOf(CurrentFolder, whole, 0, Inode, out Status file) == 0 ? new(file, "")
            : Path.GetDirectoryName(whole) is { } folder && StatusOf(CurrentFolder, folder, 0, Inode, out Status parent) == 0 ? new(parent, Path.GetFileName(whole))
            : null;
    }

    /// <summary>The part of Linux's <c>struct statx</c> that is read here.</summary>
    [StructLayout(LayoutKind.Explicit, Size = 256)]
    private struct Status
    {
        [FieldOffset(32)]
        public ulong Inode;

        [FieldOffset(136)]
        public uint Major;

        [FieldOffset(140)]
        public uint Minor;
    }

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int StatusOf(int folder, string path, int flags, uint mask, out Status status);
}
