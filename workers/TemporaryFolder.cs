namespace OffByN.Workers;

/// <summary>An empty folder of this user's own, in memory (/dev/shm) where there is room, else where temporary files go.</summary>
public static class TemporaryFolder
{
    private const string SharedMemory = "/dev/shm";

    /// <summary>Where such folders are made for files of that size.</summary>
    public static string Place(long roomBytes) => HasRoom(SharedMemory, roomBytes) ? SharedMemory : Path.GetTempPath();

    /// <exception cref="IOException">No folder can be made.</exception>
    internal static string Create(long roomBytes)
    {
        if (HasRoom(SharedMemory, roomBytes))
        {
            try
            {
                return CreateIn(SharedMemory);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                // Not writable: the ordinary place will do.
            }
        }
        return CreateIn(Path.GetTempPath());
    }

    internal static void Delete(string folder)
    {
        try
        {
            Directory.Delete(folder, recursive: true);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            // Gone already: whoever outlives the other of worker and client deletes it.
        }
    }

    private static bool HasRoom(string path, long bytes)
    {
        try
        {
            return Directory.Exists(path) && new DriveInfo(path).AvailableFreeSpace >= bytes;
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }

    private static string CreateIn(string parent)
    {
        string path = Path.Combine(parent, "offbyn-" + Guid.NewGuid().ToString("N"));
        return (OperatingSystem.IsWindows()
            ? Directory.CreateDirectory(path)
            : Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute)).FullName;
    }
}
