using System.Collections.Immutable;
using System.Globalization;
using System.Reflection;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.Reproduction;

/// <summary>A failing case on disk: a folder that appears whole or not at all.</summary>
public sealed class ReproductionFolder : IDisposable
{
    public const string Model = "model.tflite", Input = "input.npz", Expected = "expected.npz", Actual = "actual.npz", Script = "reproduce.py", Readme = "README.md";

    private readonly string path, temporary;

    private ReproductionFolder(string path, string temporary) => (this.path, this.temporary) = (path, temporary);

    /// <summary>Makes sure, before any work, that the folder can be written.</summary>
    /// <exception cref="UserErrorException">It cannot, or there is something already.</exception>
    public static ReproductionFolder Create(string path)
    {
        if (path.Length == 0 || File.Exists(path) || (Directory.Exists(path) && Directory.EnumerateFileSystemEntries(path).Any()))
            throw new UserErrorException($"{path}: expected a folder that is new or empty, found {(path.Length == 0 ? "an empty name" : "something there")}. Name another, or remove it.");
        string whole = Path.TrimEndingDirectorySeparator(Path.GetFullPath(path));
        string temporary = Path.Combine(Path.GetDirectoryName(whole) ?? whole, $".{Path.GetFileName(whole)}.{Guid.NewGuid():N}.tmp");
        try
        {
            Directory.CreateDirectory(temporary);
            return new(whole, temporary);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException or NotSupportedException)
        {
            throw new UserErrorException($"{path}: expected a folder that can be written: {error.Message} Choose another place.", error);
        }
    }

    /// <summary>Writes the case and puts the folder in its place.</summary>
    /// <param name="found">The case.</param>
    /// <param name="readme">What <see cref="Readme"/> says.</param>
    /// <exception cref="UserErrorException">The disk is full, or the place was taken meanwhile.</exception>
    public void Commit(Reproduction found, string readme)
    {
        try
        {
            File.WriteAllBytes(Path.Combine(temporary, Model), found.Model);
            Write(Input, found.Case.Inputs);
            Write(Expected, found.Expected);
            Write(Actual, found.Actual);
            File.WriteAllText(Path.Combine(temporary, Script), ScriptOf(found));
            File.WriteAllText(Path.Combine(temporary, Readme), readme);
            if (Directory.Exists(path))
                Directory.Delete(path);
            Directory.Move(temporary, path);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{path}: could not be written: {error.Message} Make room, or choose another place.", error);
        }
    }

    public void Dispose()
    {
        if (Directory.Exists(temporary))
            Directory.Delete(temporary, recursive: true);
    }

    private void Write(string name, TensorSet tensors)
    {
        using FileStream file = File.Create(Path.Combine(temporary, name));
        Npz.Write(file, tensors, compress: true);
    }

    private static string ScriptOf(Reproduction found)
    {
        using Stream resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(Script)!;
        using StreamReader reader = new(resource);
        string resolver = found.Identity.Flavour switch
        {
            Flavour.Ref => "BUILTIN_REF",
            Flavour.Opt => "BUILTIN_WITHOUT_DEFAULT_DELEGATES",
            _ => "BUILTIN",
        };
        return reader.ReadToEnd().Replace("@RESOLVER@", resolver, StringComparison.Ordinal)
            .Replace("@CAPTURED_WITH@", $"{found.Identity.Runtime} {found.Identity.Version}", StringComparison.Ordinal);
    }
}

/// <summary>What a failing case says of itself.</summary>
public static class ReproductionText
{
    /// <summary>The case in a line: what differs, where, by how much.</summary>
    public static string Summary(Reproduction found) =>
        $"{Sentences.Name(found.Case.Graph.Operators[0].Name)} {string.Join(", ", found.Case.Graph.Inputs.Select(tensor => Shape(found.Case.Graph[tensor])))} to {Result(found)}: "
        + $"{Sentences.Element(found.Metrics)} ({Sentences.Share(found.Metrics)} by {(found.Metrics.Differing == 1 ? "" : "up to ")}{Sentences.Distance(found.Metrics)})";

    /// <summary>The line that shows the failure again.</summary>
    /// <param name="found">The case.</param>
    /// <param name="folder">Where it is.</param>
    /// <param name="candidate">As after <c>--candidate</c>.</param>
    public static string Command(Reproduction found, string folder, string candidate) => string.Create(CultureInfo.InvariantCulture,
        $"./offbyn verify {Quoted(folder, ReproductionFolder.Model)} --input {Quoted(folder, ReproductionFolder.Input)} --oracle {found.Identity.Runtime}@{found.Identity.Version} --flavour {Sentences.Word(found.Identity.Flavour)} --candidate {Quoted(candidate)}");

    /// <summary>The whole text of the folder's README.</summary>
    /// <param name="found">The case.</param>
    /// <param name="whole">The operator before anything was taken away.</param>
    /// <param name="folder">Where the case is.</param>
    /// <param name="candidate">As after <c>--candidate</c>.</param>
    /// <param name="cause">What explains it; null where nothing does.</param>
    public static string Readme(Reproduction found, Reproduction whole, string folder, string candidate, string? cause) => $"""
        # {Sentences.Name(found.Case.Graph.Operators[0].Name)}: a failing case

        {Summary(found)}.
        {(cause is null ? "No known mistake explains it." : cause + ".")}

        Again, with the candidate's tensors as they were:

            {Command(found, folder, $"dump:{Path.Combine(folder, ReproductionFolder.Actual)}")}

        {(found.Case.Given is null ? $"Again, running the candidate:\n\n    {Command(found, folder, candidate)}\n" : "The candidate is a dump and could not be run on less: only outputs were left out.\n")}
        Again without OffByN, in TFLite alone:

            python3 {Quoted(folder, ReproductionFolder.Script)}

        | File | Holds |
        |---|---|
        | `{ReproductionFolder.Model}` | the operator alone |
        | `{ReproductionFolder.Input}` | its inputs, keyed `input_` and the tensor's index |
        | `{ReproductionFolder.Expected}` | what {Sentences.Name(found.Identity.Runtime)} {Sentences.Name(found.Identity.Version)} gives with its {Sentences.Word(found.Identity.Flavour)} kernels, keyed by tensor index; variable tensors after the run `state_` and the index |
        | `{ReproductionFolder.Actual}` | what the candidate gives |

        {Shrinking(found, whole)}

        """;

    /// <summary>What was taken away.</summary>
    public static string Shrinking(Reproduction found, Reproduction whole)
    {
        ImmutableArray<Freedom> now = Freedoms.Of(found.Case.Graph);
        string[] less = [.. Freedoms.Of(whole.Case.Graph).Select(freedom => (freedom.Name, freedom.Size, Now: now.FirstOrDefault(other => other.Name == freedom.Name)?.Size ?? 1))
            .Where(change => change.Size != change.Now).Select(change => string.Create(CultureInfo.InvariantCulture, $"{change.Size} {change.Name} to {change.Now}"))];
        return less.Length == 0 ? "Not made smaller: with less of anything that can be taken away it does not fail."
            : $"Made smaller as long as it still fails: {string.Join(", ", less)}.";
    }

    private static string Result(Reproduction found) =>
        (found.Differing.IsState ? "state " : "") + Shape(found.Case.Graph[found.Differing.Tensor.Index]);

    private static string Shape(TensorInfo tensor) => $"{tensor.Type.Lower()} {tensor.Shape}";

    private static string Quoted(string folder, string file) => Quoted(Path.Combine(folder, file));

    /// <summary>For a POSIX shell.</summary>
    private static string Quoted(string text) => text.All(c => char.IsAsciiLetterOrDigit(c) || "/._-:@+,".Contains(c, StringComparison.Ordinal)) ? text : $"'{text.Replace("'", "'\\''", StringComparison.Ordinal)}'";
}
