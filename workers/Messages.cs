using System.Text.Json;
using System.Text.Json.Serialization;

namespace OffByN.Workers;

internal sealed record Request(long Id, string Verb, JsonElement Body);

/// <summary>A reply has a body or a failure. The greeting that a worker sends before its first request has the id 0.</summary>
internal sealed record Reply(long Id, JsonElement? Body = null, ReplyFailure? Failure = null);

internal sealed record ReplyFailure(FailureKind Kind, string Reason);

internal sealed record Nothing;

[JsonSourceGenerationOptions(DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull, PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(Request))]
[JsonSerializable(typeof(Reply))]
[JsonSerializable(typeof(Nothing))]
internal sealed partial class MessagesJson : JsonSerializerContext;

internal static class BuiltInVerbs
{
    public static readonly Verb<Nothing, Nothing> Ping = new("ping", MessagesJson.Default.Nothing, MessagesJson.Default.Nothing);

    /// <summary>Ends the worker after its foreign code was shut down; answered by the process's exit alone.</summary>
    public const string Exit = "exit";
}
