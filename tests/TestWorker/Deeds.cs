using System.Text.Json.Serialization;
using OffByN.Workers;

namespace OffByN.TestWorker;

/// <summary>What foreign code has been seen to do to its process, or might.</summary>
public enum Deed
{
    Echo,
    Refuse,
    Segfault,
    Abort,
    Sleep,
    Spin,
    PrintGarbage,
    AllocateNatively,
    AllocateManaged,
    WriteHugeFile,
    CloseEveryDescriptor,
    WriteToReplyPipe,
    DieAtExit,
    HangAtExit,
    ExitWithZero,
    LeaveChildAndDie,
    ReadStdin,
}

public sealed record DeedRequest(Deed Deed, string Text = "");

public sealed record DeedReply(string Text, string Folder);

[JsonSerializable(typeof(DeedRequest))]
[JsonSerializable(typeof(DeedReply))]
public sealed partial class DeedJson : JsonSerializerContext;

public static class Deeds
{
    public static readonly Verb<DeedRequest, DeedReply> Do = new("do", DeedJson.Default.DeedRequest, DeedJson.Default.DeedReply);
}
