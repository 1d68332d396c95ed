using System.Collections.Immutable;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;
using OffByN.Golden;
using OffByN.Golden.Formats;
using OffByN.Golden.Inputs;
using OffByN.Golden.Snapshots;
using OffByN.Harness;
using OffByN.Harness.Candidates;
using OffByN.Harness.Demo;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Xunit;
using YamlDotNet.RepresentationModel;

namespace OffByN.Tests.EndToEnd;

/// <summary>The commands of <c>docs/ci.md</c>, as they stand on the page, in a folder as it describes.</summary>
public sealed partial class ContinuousIntegrationTests : IDisposable
{
    private static readonly string Page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "ci.md"));

    private static readonly Graph Graph = TfliteReader.Parse(DemoModel.Write(new()), "model.tflite");

    private static readonly Lazy<TensorSet> Computed = new(() => Compute().Result);

    private readonly TemporaryFolder folder = new();

    public ContinuousIntegrationTests()
    {
        File.WriteAllBytes(folder.File("model.tflite"), DemoModel.Write(new()));
        File.WriteAllText(folder.File("offbyn.yaml"), "{}\n");
        WriteInput(seed: 0);
        Directory.CreateDirectory(folder.File("goldens/model"));
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "golden", "demo")))
            File.Copy(file, Path.Combine(folder.File("goldens/model"), Path.GetFileName(file)));
        WriteProgram("offbyn/offbyn", $"exec dotnet '{Path.Combine(AppContext.BaseDirectory, "offbyn.dll")}' \"$@\"");
        WriteProgram("my-runtime", "[ -f \"$2\" ] && cp -r computed \"$3\"");
        WriteDump(Computed.Value);
    }

    public static TheoryData<string, int> Situations
    {
        get
        {
            TheoryData<string, int> all = [];
            foreach (string recipe in new[] { "github", "gitlab", "shell" })
            {
                foreach (int code in Codes.Keys)
                    all.Add(recipe, code);
            }
            return all;
        }
    }

    /// <summary>The page's table: exit codes, and whether reports are written.</summary>
    private static ImmutableSortedDictionary<int, bool> Codes => CodeRow().Matches(Page).ToImmutableSortedDictionary(
        row => int.Parse(row.Groups[1].Value, CultureInfo.InvariantCulture), row => row.Groups[2].Value == "written");

    public void Dispose() => folder.Dispose();

    [Theory]
    [MemberData(nameof(Situations))]
    public void A_recipe_ends_with_the_code_of_the_page_and_leaves_the_files_that_it_names(string recipe, int code)
    {
        Arrange(code);
        (string script, ImmutableArray<string> files) = recipe switch { "github" => GitHub(), "gitlab" => GitLab(), _ => Shell() };
        Assert.NotEmpty(files);

        (int found, string output) = Run(script);

        Assert.True(code == found, $"expected {code}, found {found}: {output}");
        Assert.All(files, file => Assert.True(File.Exists(folder.File(file)) == Codes[code], $"{file}: {output}"));
        if (recipe == "github")
            Assert.Equal(Codes[code], File.Exists(folder.File("summary")) && File.ReadAllText(folder.File("summary")).StartsWith("**", StringComparison.Ordinal));
        if (recipe == "shell")
            Assert.Contains(code == 0 ? "green: " : "red: ", output, StringComparison.Ordinal);
    }

    [SkippableFact]
    public void The_golden_of_the_page_is_made_and_checked_by_its_commands()
    {
        _ = Requirement.LiteRt();
        Directory.Delete(folder.File("goldens/model"), recursive: true);
        string capture = Assert.Single(CaptureCommand().Matches(Page)).Groups[1].Value;
        Assert.Equal(0, Run(capture).Code);
        Assert.Equal(0, Run(Fenced("sh")[1]).Code);
        (string recipe, ImmutableArray<string> _) = Shell();
        Assert.Equal(0, Run(recipe).Code);
    }

    private void Arrange(int code)
    {
        switch (code)
        {
            case 1:
                (string key, TensorValue value) = Computed.Value.Tensors.Last();
                byte[] data = value.Data.ToArray();
                data[0] ^= 1;
                WriteDump(new(Computed.Value.Tensors.SetItem(key, value with { Data = data })));
                break;
            case 2:
                File.WriteAllText(folder.File("offbyn.yaml"), "alow: []\n");
                break;
            case 3:
                WriteInput(seed: 1);
                break;
            default:
                Assert.Equal(0, code);
                break;
        }
    }

    /// <summary>The steps of the job as GitHub runs them: <c>bash -e</c> each, after a failure only those that always run.</summary>
    private static (string Script, ImmutableArray<string> Files) GitHub()
    {
        YamlSequenceNode steps = (YamlSequenceNode)Yaml(0)["jobs"]["verify"]["steps"];
        List<string> script = ["export GITHUB_STEP_SUMMARY=$PWD/summary", "status=0"];
        List<string> files = [];
        foreach (YamlMappingNode step in steps.Children.Cast<YamlMappingNode>())
        {
            if (step.Children.TryGetValue("run", out YamlNode? run))
                script.Add($"if [ $status = 0 ] || {(step.Children.ContainsKey("if") ? "true" : "false")}; then\nbash -e <<'STEP' || {{ code=$?; [ $status != 0 ] || status=$code; }}\n{run}\nSTEP\nfi");
            if (step.Children.TryGetValue("with", out YamlNode? with) && with is YamlMappingNode options)
            {
                foreach (string name in new[] { "path", "sarif_file" })
                    files.AddRange(options.Children.TryGetValue(name, out YamlNode? paths) ? paths.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries) : []);
            }
        }
        script.Add("exit $status");
        return (string.Join('\n', script), [.. files]);
    }

    private static (string Script, ImmutableArray<string> Files) GitLab()
    {
        YamlNode job = Yaml(1)["offbyn"], artifacts = job["artifacts"];
        return (string.Join('\n', ((YamlSequenceNode)job["script"]).Children.Prepend("set -e")),
            [.. ((YamlSequenceNode)artifacts["paths"]).Select(path => path.ToString()), artifacts["reports"]["junit"].ToString()]);
    }

    private static (string Script, ImmutableArray<string> Files) Shell()
    {
        string script = Fenced("sh")[0];
        return (script, [.. ReportFile().Matches(script).Select(match => match.Groups[1].Value).Distinct()]);
    }

    private static YamlNode Yaml(int block)
    {
        YamlStream stream = [];
        stream.Load(new StringReader(Fenced("yaml")[block]));
        return stream.Documents[0].RootNode;
    }

    private static string[] Fenced(string language) =>
        [.. Regex.Matches(Page, $"^```{language}\n(.*?)^```$", RegexOptions.Multiline | RegexOptions.Singleline).Select(match => match.Groups[1].Value)];

    private (int Code, string Output) Run(string script)
    {
        using Process process = Process.Start(new ProcessStartInfo("bash", ["-c", script + "\n"])
        {
            WorkingDirectory = folder.Path, RedirectStandardOutput = true, RedirectStandardError = true,
        })!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output + errors.Result);
    }

    private void WriteInput(ulong seed)
    {
        using FileStream file = File.Create(folder.File("input.npy"));
        Npy.Write(file, InputReader.FromSeed(Graph, seed).Tensors.Tensors.Values.Single());
    }

    private void WriteDump(TensorSet tensors)
    {
        Directory.CreateDirectory(folder.File("computed"));
        foreach ((string key, TensorValue value) in tensors.Tensors)
        {
            using FileStream file = File.Create(folder.File($"computed/{key}.npy"));
            Npy.Write(file, value);
        }
    }

    private void WriteProgram(string name, string command)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(folder.File(name))!);
        File.WriteAllText(folder.File(name), $"#!/bin/sh\n{command}\n");
        using Process chmod = Process.Start("chmod", ["755", folder.File(name)]);
        chmod.WaitForExit();
    }

    /// <summary>What a program that is right computes: the reference's own chain, which the golden's digests confirm.</summary>
    private static async Task<TensorSet> Compute()
    {
        GoldenOracle golden = new(SnapshotFolder.Open(Path.Combine(Repository.Root, "golden", "demo")));
        ModelInput input = InputReader.FromSeed(Graph, 0);
        CaptureOutcome outcome = (await golden.CaptureAsync([new(Graph, ReadOnlyMemory<byte>.Empty, input, Flavour.Ref)]))[0];
        return (await new ReferenceCandidate().RunAsync([Verification.ContextOf(Graph, input, outcome.Capture)!], CancellationToken.None))[0].Cumulative;
    }

    [GeneratedRegex(@"^\| (\d+) \|.*\| (written|none) \|$", RegexOptions.Multiline)]
    private static partial Regex CodeRow();

    [GeneratedRegex("`(offbyn/offbyn golden capture [^`]*)`")]
    private static partial Regex CaptureCommand();

    [GeneratedRegex(@"--\w+ (reports/\S+)")]
    private static partial Regex ReportFile();
}
