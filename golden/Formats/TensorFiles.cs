using OffByN.Model;

namespace OffByN.Golden.Formats;

/// <summary>Files that hold named tensors of a model: an .npz, a .safetensors, or a folder of .npy and raw files.</summary>
public static class TensorFiles
{
    private const long SlackBytes = 16 << 20;
    private const int WidestElement = 8;

    /// <summary>True for what <see cref="Read"/> reads, by its name; false for files of one tensor.</summary>
    public static bool HoldsSeveral(string path) => Directory.Exists(path) || Path.GetExtension(path).ToUpperInvariant() is ".NPZ" or ".SAFETENSORS";

    /// <summary>
    /// Reads all tensors. What unpacks into memory is bounded by <paramref name="maxBytes"/>. <paramref name="declared"/> and <paramref name="keyOf"/> are for
    /// folders, see <see cref="TensorFolder.Read"/>.
    /// </summary>
    /// <exception cref="UserErrorException">The files cannot be read, or do not keep to their format.</exception>
    public static TensorSet Read(string path, long maxBytes, Func<string, (TensorType Type, Shape Shape)?> declared, Func<string, string?>? keyOf = null) =>
        Directory.Exists(path) ? TensorFolder.Read(path, declared, keyOf)
            : Path.GetExtension(path).Equals(".npz", StringComparison.OrdinalIgnoreCase) ? Npz.Read(path, maxBytes)
            : SafeTensors.Read(path);

    /// <summary>What all of a model's tensors take in the widest type, and some: a bound for a dump of it.</summary>
    public static long MaxBytes(Graph graph) => Math.Min(Npz.MaxBytes, SlackBytes + WidestElement * graph.Tensors.Sum(tensor => (long)(tensor.Shape?.Elements ?? 0)));
}
