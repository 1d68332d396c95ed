using System.Text;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Model;
using OffByN.Model.Writing;

namespace OffByN.Harness.Stress;

/// <summary>The smallest failing cases as files: a model, its input, what the oracle gave, and the commands that show it.</summary>
public static class FailureFolder
{
    /// <summary>Makes sure, before any work, that the folder is there and can be written.</summary>
    /// <exception cref="UserErrorException">It cannot.</exception>
    public static void Prepare(string folder)
    {
        try
        {
            Directory.CreateDirectory(folder);
            using AtomicFile probe = AtomicFile.Create(Path.Combine(folder, "case"));
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new UserErrorException($"{folder}: expected a folder that can be written: {error.Message} Choose another.", error);
        }
    }

    /// <returns>The failure, with the folder of its own that it was written to.</returns>
    /// <exception cref="UserErrorException">The disk is full.</exception>
    public static StressFailure Write(StressFailure failure, StressReport report, string folder)
    {
        CaseOutcome smallest = failure.Smallest;
        string flavour = smallest.Flavour.ToString().ToLowerInvariant();
        string own = Path.Combine(folder, $"{smallest.Case.Family.Replace(' ', '-')}-{smallest.Case.Number}-{flavour}");
        CaseModel model = CaseModel.Of([smallest.Case]);
        Directory.CreateDirectory(own);
        AtomicFile.Write(Path.Combine(own, "model.tflite"), ModelWriter.Write(model.Graph));
        Write(Path.Combine(own, "input.npz"), model.Input.Tensors);
        Write(Path.Combine(own, "expected.npz"), new TensorSet(model.Graph.Outputs.Zip(smallest.Oracle, (tensor, value) => KeyValuePair.Create(TensorSet.KeyOf(tensor), value))));
        string candidate = smallest.Candidate is { Differing: > 0 } ? report.Candidate : "reference";
        AtomicFile.Write(Path.Combine(own, "commands.txt"), Encoding.UTF8.GetBytes($"""
            {failure.Found.Case.Replay}
            offbyn verify model.tflite --input input.npz --oracle {report.Oracle} --flavour {flavour} --candidate {candidate}

            """));
        return failure with { Folder = own };
    }

    private static void Write(string path, TensorSet tensors)
    {
        using MemoryStream stream = new();
        Npz.Write(stream, tensors);
        AtomicFile.Write(path, stream.GetBuffer().AsSpan(0, (int)stream.Length));
    }
}
