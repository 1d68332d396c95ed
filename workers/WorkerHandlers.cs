using System.Text.Json;

namespace OffByN.Workers;

/// <summary>What a worker does for each verb. Handlers run one at a time on the process's main thread, which has the full stack.</summary>
public sealed class WorkerHandlers
{
    private readonly Dictionary<string, Func<JsonElement, JsonElement>> handlers = [];

    /// <summary>Shuts the foreign code down when the worker is asked to exit.</summary>
    public Action Shutdown { get; init; } = () => { };

    /// <summary>Answers <paramref name="verb"/>; a <see cref="WorkerFailureException"/> that it throws travels to the client.</summary>
    public WorkerHandlers On<TRequest, TReply>(Verb<TRequest, TReply> verb, Func<TRequest, TReply> handle)
    {
        handlers.Add(verb.Name, body => JsonSerializer.SerializeToElement(
            handle(body.Deserialize(verb.Request) ?? throw new JsonException("an empty request")), verb.Reply));
        return this;
    }

    internal JsonElement Answer(string verb, JsonElement body) => handlers.TryGetValue(verb, out Func<JsonElement, JsonElement>? handle)
        ? handle(body)
        : throw new WorkerFailureException(FailureKind.Refused, $"the worker does not know \"{verb}\"");
}
