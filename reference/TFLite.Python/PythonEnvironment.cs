using System.Text.Json;
using System.Text.Json.Serialization;
using OffByN.Workers;

namespace OffByN.TFLite.Python;

/// <summary>A virtual environment with a TFLite wheel, as describe_environment.py wrote it down in the environment's offbyn.json.</summary>
internal sealed record PythonEnvironment(
    string Runtime, string Version, string Module, string Python, string Libpython, string Program, string Library, long LibraryBytes, string LibrarySha256)
{
    /// <exception cref="WorkerFailureException">There is no such description, or the environment has changed since it was written.</exception>
    public static PythonEnvironment Load(string folder)
    {
        string path = Path.Combine(folder, "offbyn.json");
        try
        {
            PythonEnvironment found = JsonSerializer.Deserialize(File.ReadAllBytes(path), EnvironmentJson.Default.PythonEnvironment)
                ?? throw new JsonException("empty");
            if (new FileInfo(found.Library) is { Exists: true } library && library.Length == found.LibraryBytes)
                return found;
            throw new WorkerFailureException(FailureKind.CannotStart, $"{found.Library} is not the library that set-up saw; delete {path} and run ./offbyn again");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new WorkerFailureException(FailureKind.CannotStart, $"{path}: no usable description of a Python environment ({e.Message}); delete it and run ./offbyn again");
        }
    }
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(PythonEnvironment))]
internal sealed partial class EnvironmentJson : JsonSerializerContext;
