using OffByN.Golden;
using OffByN.Model;
using Xunit;

namespace OffByN.Tests.Golden;

public sealed class MappedFileTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void What_was_released_is_refused_and_other_memory_stays()
    {
        string path = temporary.File("a.bin");
        File.WriteAllBytes(path, [1, 2, 3]);
        TensorValue mapped = new(TensorType.UInt8, [2], MappedFile.Open(path).Memory[1..]), managed = new(TensorType.UInt8, [1], new byte[] { 4 });
        Assert.Equal([2, 3], mapped.Data.ToArray());
        MappedFile.Release([mapped, managed]);
        MappedFile.Release([mapped]);
        Assert.Throws<ObjectDisposedException>(() => mapped.Data.ToArray());
        Assert.Equal([4], managed.Data.ToArray());
        Assert.DoesNotContain(path, File.ReadAllText("/proc/self/maps"), StringComparison.Ordinal);
    }
}
