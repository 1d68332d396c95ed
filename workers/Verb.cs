using System.Text.Json.Serialization.Metadata;

namespace OffByN.Workers;

/// <summary>Something that a worker can be asked for: a name, and how its request and reply are written as JSON.</summary>
public sealed record Verb<TRequest, TReply>(string Name, JsonTypeInfo<TRequest> Request, JsonTypeInfo<TReply> Reply);
