using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;
using OffByN.Golden.Snapshots;
using OffByN.Model;
using OffByN.TestWorker;
using Xunit;

namespace OffByN.Tests.Golden;

/// <summary>Snapshots that are damaged, edited or hostile are refused; nothing but a <see cref="UserErrorException"/> comes of them.</summary>
public sealed partial class SnapshotDamageTests : IDisposable
{
    private readonly TemporaryFolder temporary = new();

    private string Folder => temporary.File("golden");

    private string Manifest => Path.Combine(Folder, SnapshotFolder.ManifestName);

    public void Dispose() => temporary.Dispose();

    [Fact]
    public void A_manifest_with_any_byte_changed_is_refused()
    {
        Write(SnapshotContent.Digests);
        byte[] sound = File.ReadAllBytes(Manifest);
        for (int at = 0; at < sound.Length; at += 7)
        {
            byte[] edited = [.. sound];
            edited[at] ^= 1;
            AssertRefused(edited);
        }
    }

    [Fact]
    public void A_manifest_that_ends_early_or_goes_on_is_refused()
    {
        Write(SnapshotContent.Digests);
        byte[] sound = File.ReadAllBytes(Manifest);
        for (int length = 1; length < sound.Length; length += 97)
            AssertRefused(sound[..length]);
        AssertRefused([.. sound, (byte)'\n']);
        AssertRefused([]);
        AssertRefused(Encoding.UTF8.GetBytes(Encoding.UTF8.GetString(sound).Replace("\n", "\r\n", StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("\"offbyn/golden/1\"", "\"offbyn/golden/2\"", "another version")]
    [InlineData("\"uint8\"", "\"uint9\"", "unknown type uint9")]
    [InlineData("\"shape\":[1,4096]", "\"shape\":[-1,4096]", "at least 0")]
    [InlineData("\"shape\":[1,4096]", "\"shape\":[65536,65536]", "more than 2^31-1")]
    [InlineData("\"key\":\"1\"", "\"key\":\"2\"", "tensor 2 twice")]
    [InlineData("\"scale\":0.5", "\"scale\":-1", "not positive")]
    [InlineData("\"flavour\": \"ref\"", "\"flavour\": null", "is null")]
    [InlineData("\"stores\": \"tensors\"", "\"stores\": \"nothing\"", "expected tensors or digests")]
    [InlineData("\"history\": []", "\"history\": {}", "not a usable manifest")]
    [InlineData("\"record\"", "\"rekord\"", "not a usable manifest")]
    public void A_manifest_that_says_what_cannot_be_is_refused_also_with_a_digest_that_fits(string sound, string hostile, string reason)
    {
        Write();
        Forge(text => Replaced(text, sound, hostile));
        Assert.Contains(reason, Refusal(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("../../../etc/passwd")]
    [InlineData("/etc/passwd")]
    [InlineData("manifest.json")]
    [InlineData("\\u0000")]
    public void A_data_file_outside_the_folder_is_not_opened(string name)
    {
        Write();
        Forge(text => Replaced(text, SnapshotFolder.Open(Folder).Snapshot.Data[0], name));
        Assert.Contains("expected the name of a data file", Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_manifest_without_end_is_not_read_to_its_end()
    {
        Write();
        using (FileStream file = File.OpenWrite(Manifest))
            file.SetLength(1L << 30);
        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains("at most", Refusal(), StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 16 << 20);
    }

    [Fact]
    public void Nothing_is_written_beside_a_golden_that_cannot_be_read()
    {
        Write();
        File.WriteAllText(Manifest, "{}");
        string[] before = Directory.GetFiles(Folder);
        Assert.Throws<UserErrorException>(() => SnapshotFolder.Write(Folder, SampleSnapshots.Draft(2), SnapshotContent.Tensors, replace: true, default));
        Assert.Equal(before.Order(StringComparer.Ordinal), Directory.GetFiles(Folder).Order(StringComparer.Ordinal));
        Assert.Equal("{}", File.ReadAllText(Manifest));
    }

    [Theory]
    [InlineData(SnapshotContent.Tensors)]
    [InlineData(SnapshotContent.CompressedTensors)]
    public void Data_with_any_byte_changed_are_refused(SnapshotContent content)
    {
        Write(content);
        string path = Data();
        byte[] sound = File.ReadAllBytes(path);
        int refused = 0, tried = 0;
        for (int at = 0; at < sound.Length; at += sound.Length / 60, tried++)
        {
            byte[] damaged = [.. sound];
            damaged[at] ^= 0x10;
            File.WriteAllBytes(path, damaged);
            refused += VerifyError() is null ? 0 : 1;
        }
        // Of gzip's own header nothing but the bytes that it unpacks to counts.
        Assert.InRange(refused, content == SnapshotContent.Tensors ? tried : tried - 1, tried);
    }

    [Theory]
    [InlineData(SnapshotContent.Tensors)]
    [InlineData(SnapshotContent.CompressedTensors)]
    public void Truncated_data_are_refused(SnapshotContent content)
    {
        Write(content);
        string path = Data();
        byte[] sound = File.ReadAllBytes(path);
        foreach (int length in (int[])[0, 1, 7, 8, 100, sound.Length / 2, sound.Length - 9])
        {
            File.WriteAllBytes(path, sound[..length]);
            Assert.NotNull(VerifyError());
        }
    }

    [Fact]
    public void Missing_data_are_named()
    {
        Write();
        string path = Data();
        File.Delete(path);
        Assert.Contains(path, Refusal(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_bytes_of_one_tensor_in_the_place_of_another_are_refused()
    {
        Write();
        Snapshot snapshot = SnapshotFolder.Open(Folder).Snapshot;
        (SnapshotTensor one, SnapshotTensor other) = (snapshot.Entries[0].Tensors[0], snapshot.Entries[0].Tensors[1]);
        string path = Data();
        byte[] file = File.ReadAllBytes(path);
        (int first, int second) = (file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(one.Sha256)), file.AsSpan().IndexOf(Encoding.ASCII.GetBytes(other.Sha256)));
        Encoding.ASCII.GetBytes(other.Sha256).CopyTo(file, first);
        Encoding.ASCII.GetBytes(one.Sha256).CopyTo(file, second);
        File.WriteAllBytes(path, file);
        Assert.Contains("expected bytes of sha256", VerifyError(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_gzip_bomb_is_not_unpacked_beyond_what_the_manifest_accounts_for()
    {
        Write(SnapshotContent.CompressedTensors);
        using (GZipStream bomb = new(File.Create(Data()), CompressionLevel.Fastest))
        {
            byte[] zeros = new byte[1 << 20];
            for (int megabyte = 0; megabyte < 256; megabyte++)
                bomb.Write(zeros);
        }
        long before = GC.GetTotalAllocatedBytes();
        Assert.Contains("unpacks to more than", VerifyError(), StringComparison.Ordinal);
        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 8 << 20);
    }

    [SkippableFact]
    public void A_full_disk_leaves_the_old_generation()
    {
        string disk = temporary.File("disk");
        Directory.CreateDirectory(disk);
        Skip.IfNot(Mount("tmpfs", disk, "tmpfs", 0, "size=300k") == 0, "no file system can be mounted here to be filled");
        try
        {
            string folder = Path.Combine(disk, "golden");
            SnapshotFolder.Write(folder, SampleSnapshots.Draft(1, 8192), SnapshotContent.Tensors, replace: false, default);
            string[] before = Directory.GetFiles(folder);
            UserErrorException error = Assert.Throws<UserErrorException>(() =>
                SnapshotFolder.Write(folder, SampleSnapshots.Draft(2, 32768), SnapshotContent.Tensors, replace: true, default));
            Assert.Contains("could not be written", error.Message, StringComparison.Ordinal);
            Assert.Equal(before.Order(StringComparer.Ordinal), Directory.GetFiles(folder).Order(StringComparer.Ordinal));
            OpenSnapshot golden = SnapshotFolder.Open(folder);
            golden.Data.Verify(golden.Snapshot);
            Assert.Equal(SampleSnapshots.Draft(1, 8192).Entries[0].Entry.Tensors[0].Sha256, golden.Snapshot.Entries[0].Tensors[0].Sha256);
        }
        finally
        {
            _ = Unmount(disk, 2);
        }
    }

    private void Write(SnapshotContent content = SnapshotContent.Tensors) =>
        SnapshotFolder.Write(Folder, SampleSnapshots.Draft(1), content, replace: false, default);

    private string Data() => Path.Combine(Folder, SnapshotFolder.Open(Folder).Snapshot.Data[0]);

    private void AssertRefused(byte[] manifest)
    {
        File.WriteAllBytes(Manifest, manifest);
        Refusal();
    }

    private string Refusal() => Assert.Throws<UserErrorException>(() => SnapshotFolder.Open(Folder)).Message;

    private string? VerifyError()
    {
        try
        {
            OpenSnapshot golden = SnapshotFolder.Open(Folder);
            golden.Data.Verify(golden.Snapshot);
            return null;
        }
        catch (UserErrorException error)
        {
            return error.Message;
        }
    }

    /// <summary>Edits the manifest as somebody does who knows how its digest is made.</summary>
    private void Forge(Func<string, string> edit)
    {
        string text = edit(File.ReadAllText(Manifest));
        const string Mark = "  \"manifestSha256\": \"";
        string content = text[..text.IndexOf(Mark, StringComparison.Ordinal)];
        File.WriteAllText(Manifest, $"{content}{Mark}{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(content)))}\"\n}}\n");
    }

    private static string Replaced(string text, string sound, string hostile)
    {
        Assert.Contains(sound, text, StringComparison.Ordinal);
        int at = text.IndexOf(sound, StringComparison.Ordinal);
        return text[..at] + hostile + text[(at + sound.Length)..];
    }

    [LibraryImport("libc", EntryPoint = "mount", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Mount(string source, string target, string type, ulong flags, string data);

    [LibraryImport("libc", EntryPoint = "umount2", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Unmount(string target, int flags);
}
