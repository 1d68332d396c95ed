using System.Diagnostics;
using OffByN.TestWorker;
using OffByN.Workers;
using Xunit;

namespace OffByN.Tests.Workers;

public sealed class WorkerClientTests
{
    private static readonly WorkerProgram Program = new("OffByN.TestWorker", "Build tests/TestWorker.");
    private static readonly WorkerLimits Limits = new(1L << 30, 8L << 20, TimeSpan.FromSeconds(20), TimeSpan.FromSeconds(20));
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    [Fact]
    public async Task A_worker_answers_in_an_empty_folder_of_its_own_and_closing_it_deletes_the_folder()
    {
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        await using (worker)
        {
            Assert.Empty(Directory.EnumerateFileSystemEntries(worker.Folder));
            DeedReply reply = await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Echo, "żółw"));
            Assert.Equal(new DeedReply("żółw", worker.Folder), reply);
            await worker.PingAsync();
            await worker.CloseAsync();
        }
        Assert.False(Directory.Exists(worker.Folder));
    }

    [Theory]
    [InlineData(Deed.Segfault, FailureKind.Crashed, "died with signal 11 (SIGSEGV) during do")]
    [InlineData(Deed.Abort, FailureKind.Crashed, "died with signal 6 (SIGABRT) during do")]
    [InlineData(Deed.ExitWithZero, FailureKind.Crashed, "exited with code 0 during do")]
    [InlineData(Deed.AllocateNatively, FailureKind.OutOfMemory, "memory")]
    [InlineData(Deed.AllocateManaged, FailureKind.OutOfMemory, "memory")]
    [InlineData(Deed.WriteHugeFile, FailureKind.Crashed, "wrote a file of more than 8 MiB")]
    [InlineData(Deed.CloseEveryDescriptor, FailureKind.Crashed, "during do")]
    [InlineData(Deed.WriteToReplyPipe, FailureKind.Crashed, "answered do with something that is no reply")]
    public async Task A_deadly_deed_ends_as_a_failure_that_says_how(Deed deed, FailureKind kind, string reason)
    {
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        WorkerFailureException failure;
        await using (worker)
        {
            failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(deed)));
            WorkerFailureException again = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.PingAsync());
            Assert.Same(failure, again);
        }
        Assert.Equal(kind, failure.Kind);
        Assert.Contains(reason, failure.Reason, StringComparison.Ordinal);
        Assert.True(failure.IsDeath);
        Assert.False(Directory.Exists(worker.Folder));
        AssertGone(worker.ProcessId);
    }

    [Fact]
    public async Task The_last_words_on_stderr_are_kept()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Segfault)));
        Assert.Contains("about to write to nowhere", failure.StderrTail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(Deed.Sleep)]
    [InlineData(Deed.Spin)]
    public async Task A_worker_that_gives_no_answer_is_killed_at_its_deadline(Deed deed)
    {
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits with { Deadline = TimeSpan.FromSeconds(0.5) });
        await using (worker)
        {
            WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(deed)));
            Assert.Equal(FailureKind.Hung, failure.Kind);
            Assert.Equal("gave no answer to do within 0.5 s", failure.Reason);
        }
        AssertGone(worker.ProcessId);
    }

    [Fact]
    public async Task Processor_time_is_limited_for_each_request_and_not_for_the_life_of_the_worker()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits with { CpuPerRequest = TimeSpan.FromSeconds(1) });
        WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Spin)));
        Assert.Equal(FailureKind.Hung, failure.Kind);
        Assert.Contains("used more than 1 s of processor time", failure.Reason, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_foreign_code_prints_does_not_disturb_the_protocol()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        for (int i = 0; i < 3; i++)
            Assert.Equal("well", (await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.PrintGarbage, "well"))).Text);
        await worker.CloseAsync();
    }

    [Fact]
    public async Task Foreign_code_that_reads_stdin_finds_it_empty_and_steals_no_request()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        Assert.Equal("", (await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.ReadStdin))).Text);
        await worker.PingAsync();
    }

    [Fact]
    public async Task A_refusal_carries_the_runtimes_own_words_and_leaves_the_worker_alive()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        WorkerFailureException refusal = await Assert.ThrowsAsync<WorkerFailureException>(
            () => worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Refuse, "quantized_dimension\nmust be in range\n")));
        Assert.Equal((FailureKind.Refused, "quantized_dimension must be in range", false), (refusal.Kind, refusal.Reason, refusal.IsDeath));
        await worker.PingAsync();
        await worker.CloseAsync();
    }

    [Fact]
    public async Task A_worker_that_dies_after_its_answer_fails_when_it_is_closed()
    {
        await using WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.DieAtExit));
        await worker.PingAsync();
        WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.CloseAsync());
        Assert.Equal((FailureKind.Crashed, "died with signal 6 (SIGABRT) during its shutdown"), (failure.Kind, failure.Reason));
    }

    [Fact]
    public async Task A_worker_that_hangs_in_its_shutdown_is_killed()
    {
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits with { Deadline = TimeSpan.FromSeconds(1) });
        await using (worker)
        {
            await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.HangAtExit));
            WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.CloseAsync());
            Assert.Equal(FailureKind.Hung, failure.Kind);
        }
        AssertGone(worker.ProcessId);
    }

    [Fact]
    public async Task A_cancelled_request_kills_its_worker()
    {
        using CancellationTokenSource cancel = new();
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        await using (worker)
        {
            Task asked = worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Sleep), cancel.Token);
            await cancel.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => asked);
        }
        AssertGone(worker.ProcessId);
        Assert.False(Directory.Exists(worker.Folder));
    }

    [Fact]
    public async Task Children_of_a_dead_worker_are_killed_with_it()
    {
        string noted = Path.GetTempFileName();
        WorkerClient worker = await WorkerClient.StartAsync(Program, Limits);
        await using (worker)
        {
            await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(Deed.LeaveChildAndDie, noted)));
        }
        AssertGone(int.Parse(await File.ReadAllTextAsync(noted), System.Globalization.CultureInfo.InvariantCulture));
        File.Delete(noted);
    }

    [Theory]
    [InlineData("KILL")]
    [InlineData("INT")]
    public async Task A_client_that_is_killed_leaves_neither_worker_nor_folder_behind(string signal)
    {
        ProcessStartInfo start = new("dotnet", [Program.FindAssembly()!, "client"]) { RedirectStandardOutput = true };
        using Process client = Process.Start(start)!;
        string[] worker = (await client.StandardOutput.ReadLineAsync() ?? "").Split(' ');
        Assert.True(Directory.Exists(worker[1]));
        using (Process kill = Process.Start("kill", ["-" + signal, client.Id.ToString(System.Globalization.CultureInfo.InvariantCulture)]))
            await kill.WaitForExitAsync();
        await client.WaitForExitAsync();
        AssertGone(int.Parse(worker[0], System.Globalization.CultureInfo.InvariantCulture));
        Assert.False(Directory.Exists(worker[1]));
    }

    [Fact]
    public async Task A_worker_that_was_not_built_cannot_start_and_says_how_to_get_it()
    {
        WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(
            () => WorkerClient.StartAsync(new WorkerProgram("OffByN.Nowhere", "Run ./offbyn."), Limits));
        Assert.Equal((FailureKind.CannotStart, "OffByN.Nowhere is not built. Run ./offbyn."), (failure.Kind, failure.Reason));
    }

    [Fact]
    public async Task A_worker_whose_foreign_code_does_not_load_says_so_to_every_request_and_lives()
    {
        WorkerProgram broken = Program with { Environment = new Dictionary<string, string> { ["OFFBYN_TEST_LOAD"] = "fail" } };
        await using WorkerClient worker = await WorkerClient.StartAsync(broken, Limits);
        for (int i = 0; i < 2; i++)
        {
            WorkerFailureException failure = await Assert.ThrowsAsync<WorkerFailureException>(() => worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Echo)));
            Assert.Equal((FailureKind.CannotStart, "the runtime is not here"), (failure.Kind, failure.Reason));
        }
        await worker.PingAsync();
        await worker.CloseAsync();
    }

    private static void AssertGone(int process) =>
        Assert.True(SpinWait.SpinUntil(() => !IsAlive(process), Patience), $"process {process} still lives");

    /// <summary>A process that is dead but not yet waited for (state Z) counts as gone.</summary>
    private static bool IsAlive(int process)
    {
        try
        {
            return !File.ReadAllText($"/proc/{process}/stat").Split(')')[^1].TrimStart().StartsWith('Z');
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
