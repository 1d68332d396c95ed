using System.Text.Json.Serialization;

namespace OffByN.Workers;

/// <summary>
/// Runs a program to its end, in a process of its own under the worker's limits. It finds nothing on its stdin; what it prints goes to the worker's stderr.
/// <c>Output</c> is the folder that it writes into, at most <c>OutputBytes</c>.
/// </summary>
public sealed record CommandOrder(string Program, IReadOnlyList<string> Arguments, string WorkingDirectory, string Output, long OutputBytes);

/// <summary>The reply to a <see cref="CommandOrder"/>: the program ended with exit code 0.</summary>
public sealed record CommandReceipt;

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(CommandOrder))]
[JsonSerializable(typeof(CommandReceipt))]
internal sealed partial class CommandJson : JsonSerializerContext;

/// <summary>What the worker answers that runs programs of other people.</summary>
public static class CommandVerbs
{
    public static readonly Verb<CommandOrder, CommandReceipt> Run = new("command", CommandJson.Default.CommandOrder, CommandJson.Default.CommandReceipt);

    /// <summary>This assembly is that worker.</summary>
    public static readonly WorkerProgram Worker = new("OffByN.Workers", "Run build/setup: it builds it.");
}
