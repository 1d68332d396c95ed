using System.Collections.Immutable;

namespace OffByN.Bench;

/// <summary>A replacement in a kernel file; files without the text are left as they are.</summary>
internal sealed record Edit(string File, string Find, string Replace);

/// <summary>A mistake as somebody would make it in an OpenCL kernel.</summary>
/// <param name="Slug">The catalogue's entry that it plants, or the entries that a type makes of it, separated by bars; null for a control, which plants none of them.</param>
internal sealed record Mutation(string Name, string? Slug, ImmutableArray<Edit> Edits)
{
    /// <summary>Kernels of the natural layout that can be mutated.</summary>
    private static readonly ImmutableArray<string> Files =
        ["conv_2d.cl", "depthwise_conv_2d.cl", "fully_connected.cl", "average_pool_2d.cl", "requantize.h"];

    /// <summary>Copies the kernels with the mistake in them. False where nothing was found to change.</summary>
    public bool Write(string source, string destination)
    {
        bool isChanged = false;
        foreach (string file in Files)
        {
            string text = File.ReadAllText(Path.Combine(source, file)), changed = text;
            foreach (Edit edit in Edits.Where(edit => edit.File == file))
                changed = changed.Replace(edit.Find, edit.Replace, StringComparison.Ordinal);
            isChanged |= changed != text;
            File.WriteAllText(Path.Combine(destination, file), changed);
        }
        return isChanged;
    }
}
