using System.Collections.Immutable;
using System.Text.Json;
using OffByN.Golden;
using OffByN.Golden.Inputs;
using OffByN.Harness.Reporting;
using OffByN.Model;
using OffByN.Reference.Oracles;

namespace OffByN.Harness.CommandLine;

/// <summary>What is to be replayed is no longer what it was: nothing is compared, which is exit code 3. The message has both values.</summary>
internal sealed class IdentityMismatchException(string message) : Exception(message);

/// <summary>What a report of <c>verify --json</c> says of how it came about. The file may come from anybody: nothing in it is run but what this program knows.</summary>
/// <param name="Path">The report, for messages.</param>
/// <param name="Model">As it was given to <c>verify</c>: its path is taken from the current folder.</param>
/// <param name="Options">Words such as <c>--input=dog.ppm</c>.</param>
/// <param name="Runs">One for each flavour and input, in order.</param>
internal sealed record RecordedVerification(
    string Path, string Model, ImmutableArray<string> Options, string? GoldenSha256, ImmutableArray<RecordedVerification.Run> Runs)
{
    private const int MaxBytes = 1 << 30;
    private const string Candidate = "--candidate", Mapping = "--mapping", Oracle = "--oracle", Flavour = "--flavour", Program = "command:";

    /// <summary>What a run was of. Hashes are sha256 in lower-case hexadecimal.</summary>
    public sealed record Run(string ModelSha256, string InputName, string InputSha256, string Runtime, string Version, string Flavour);

    /// <summary>Reports are told from models by their name.</summary>
    public static bool IsReport(string file) => file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);

    /// <exception cref="UserErrorException">The file is no report, or one that does not say how it came about.</exception>
    public static RecordedVerification Read(string path)
    {
        if (MappedFile.Open(path).Memory is not { Length: <= MaxBytes } file)
            throw new UserErrorException($"{path}: expected a report of at most {MaxBytes} bytes.");
        try
        {
            using JsonDocument json = JsonDocument.Parse(file);
            JsonElement root = json.RootElement;
            if (Text(root, "schema") is var schema && schema != JsonReport.Schema)
                throw new FormatException($"expected schema {JsonReport.Schema}, found {schema}");
            if (!root.TryGetProperty("command", out JsonElement command))
                throw new FormatException("it has no \"command\" that says how it was made.");
            string[] arguments = [.. command.GetProperty("arguments").EnumerateArray().Select(word => word.GetString() ?? "")];
            Run[] runs = [.. root.GetProperty("runs").EnumerateArray().Select(RunOf)];
            return arguments.Length > 0 && runs.Length > 0
                ? new(path, arguments[0], [.. arguments[1..]], command.GetProperty("goldenSha256").GetString(), [.. runs])
                : throw new FormatException($"expected a model and runs, found {arguments.Length} arguments and {runs.Length} runs");
        }
        catch (Exception e) when (e is JsonException or FormatException or InvalidOperationException or KeyNotFoundException)
        {
            throw new UserErrorException($"{path}: not a report that can be replayed: {Printable.Of(e.Message, 300)} Make one with verify --json.", e);
        }
    }

    /// <summary>The words after <c>verify</c> that do the same once more: on the runtime and in the flavours that the runs were of.</summary>
    /// <param name="given">Options beside the report: they take the place of the recorded ones.</param>
    /// <exception cref="UserErrorException">One of them would change what the report is of.</exception>
    public ImmutableArray<string> Arguments(ImmutableArray<string> given)
    {
        if (given.FirstOrDefault(word => NameOf(word) is not (Candidate or Mapping or Oracle or Flavour)) is { } other)
            throw new UserErrorException($"{Path} is replayed on its own inputs: expected at most {Candidate}, {Oracle} and {Flavour} beside it, found {Printable.Of(other)}. Give the model instead to change more.");
        string[] flavours = [.. Runs.Select(run => run.Flavour).Distinct()];
        string[] own = [.. Options.Where(word => NameOf(word) is not (Oracle or Flavour)), .. OwnOracle(), $"{Flavour}={(flavours is [string only] ? only : "all")}"];
        // The recorded mapping is of the recorded dump.
        string[] kept = [.. own.Where(word => given.All(another => NameOf(another) != NameOf(word) && (NameOf(another), NameOf(word)) is not (Candidate, Mapping)))];
        return [Model, .. kept, .. given];
    }

    /// <param name="candidate">The recorded one, as the command line was understood.</param>
    /// <exception cref="UserErrorException">The report alone would run a program.</exception>
    public void RequireNoProgram(string candidate)
    {
        if (candidate.StartsWith(Program, StringComparison.Ordinal))
            throw new UserErrorException($"{Path} asks for {Printable.Of(candidate)}: a program that a file names is not run. Give {Candidate} beside it if you trust it.");
    }

    /// <exception cref="IdentityMismatchException">The model is another one than the report is of.</exception>
    public void RequireModel(Graph graph)
    {
        if (Runs.FirstOrDefault(run => run.ModelSha256 != graph.Sha256) is { } run)
            throw Changed($"the model {graph.Path}", run.ModelSha256, graph.Sha256);
    }

    /// <exception cref="IdentityMismatchException">An input, or the golden, is another one than the report is of.</exception>
    public void RequireSame(VerificationRequest request)
    {
        Run[] inputs = [.. Runs.Where(run => run.Flavour == Runs[0].Flavour)];
        if (inputs.Length != request.Inputs.Count)
            throw Changed("the number of inputs", $"{inputs.Length}", $"{request.Inputs.Count}");
        foreach ((Run run, ModelInput input) in inputs.Zip(request.Inputs))
        {
            if (run.InputSha256 != input.Sha256)
                throw Changed($"the input {Printable.Of(input.Name)}", run.InputSha256, input.Sha256);
        }
        if (request.Oracle is GoldenOracle golden && GoldenSha256 is { } recorded && recorded != golden.Sha256)
            throw Changed(golden.Name, recorded, golden.Sha256);
    }

    private IdentityMismatchException Changed(string what, string recorded, string found) => new(
        $"{Path} cannot be replayed: {what} changed since: recorded {Printable.Of(recorded)}, found {found}. Run verify again.");

    private IEnumerable<string> OwnOracle() =>
        Options.Where(word => NameOf(word) == Oracle).ToArray() is [.., string asked] && (GoldenSha256 is not null || Runs[0].Version.Length == 0) ? [asked]
        : Runs[0].Version.Length == 0 ? []
        : [$"{Oracle}={Runs[0].Runtime}@{Runs[0].Version}"];

    private static string NameOf(string word) => word.Split('=')[0];

    private static Run RunOf(JsonElement run) => new(
        Text(run.GetProperty("model"), "sha256"), Text(run.GetProperty("input"), "name"), Text(run.GetProperty("input"), "sha256"),
        Text(run.GetProperty("oracle"), "runtime"), Text(run.GetProperty("oracle"), "version"), Text(run.GetProperty("oracle"), "flavour"));

    private static string Text(JsonElement parent, string name) => parent.GetProperty(name).GetString() ?? throw new FormatException($"expected a text in \"{name}\", found null");
}
