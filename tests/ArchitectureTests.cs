using System.Xml.Linq;
using Xunit;

namespace OffByN.Tests;

/// <summary>The direction of dependency: a folder may use those before it in the list, never those after it.</summary>
public sealed class ArchitectureTests
{
    private static readonly string[] Order = ["model", "golden", "arithmetic", "workers", "reference", "kernels", "harness", "tests", "bench"];

    public static TheoryData<string> Projects() => [.. Directory
        .EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
        .Select(path => Path.GetRelativePath(Repository.Root, path))
        .Where(path => Order.Contains(path.Split('/')[0]))
        .Order(StringComparer.Ordinal)];

    [Theory]
    [MemberData(nameof(Projects))]
    public void A_project_uses_only_folders_before_its_own(string project)
    {
        string folder = project.Split('/')[0];
        IEnumerable<string> used = XDocument.Load(Path.Combine(Repository.Root, project)).Descendants("ProjectReference")
            .Select(reference => Path.GetFullPath(Path.Combine(Repository.Root, Path.GetDirectoryName(project)!, reference.Attribute("Include")!.Value)))
            .Select(path => Path.GetRelativePath(Repository.Root, path).Split('/')[0]);

        Assert.All(used.Where(other => other != folder), other => Assert.True(
            Array.IndexOf(Order, other) < Array.IndexOf(Order, folder), $"{project} uses {other}/, which comes after {folder}/"));
    }

    [Fact]
    public void Every_folder_with_code_has_its_place()
    {
        IEnumerable<string> folders = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Select(path => Path.GetRelativePath(Repository.Root, path).Split('/')[0]).Distinct().Except(["artifacts"]);

        Assert.Empty(folders.Except(Order));
    }

    [Fact]
    public void Every_program_that_the_harness_starts_is_compiled_ahead_of_time()
    {
        IEnumerable<string> programs = Order.SelectMany(folder => Directory.EnumerateFiles(Path.Combine(Repository.Root, folder), "*.csproj", SearchOption.AllDirectories))
            .Where(path => Array.IndexOf(Order, Path.GetRelativePath(Repository.Root, path).Split('/')[0]) <= Array.IndexOf(Order, "harness"))
            .Where(path => XDocument.Load(path).Descendants("OutputType").Any(type => type.Value == "Exe")).Select(path => Path.GetFileNameWithoutExtension(path)!);
        string[] compiled = XDocument.Load(Path.Combine(Repository.Root, "build", "precompile.proj")).Descendants("Program").Attributes("Include").Single().Value.Split(';');

        Assert.Equal(programs.Order(StringComparer.Ordinal), compiled.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Nothing_uses_a_worker_that_embeds_foreign_code()
    {
        IEnumerable<string> users = Directory.EnumerateFiles(Repository.Root, "*.csproj", SearchOption.AllDirectories)
            .Where(path => XDocument.Load(path).Descendants("ProjectReference")
                .Any(reference => reference.Attribute("Include")!.Value.Contains("OffByN.TFLite", StringComparison.Ordinal)
                    && reference.Attribute("ReferenceOutputAssembly")?.Value != "false"));

        Assert.Empty(users);
    }
}
