using System.Collections.Immutable;
using OffByN.Workers;
using Xunit;
using Work = System.Func<OffByN.Workers.IWorker, System.Threading.CancellationToken, System.Threading.Tasks.Task<string>>;

namespace OffByN.Tests.Workers;

public sealed class CheckedWorkerTests
{
    private readonly List<Fake> started = [];

    [Fact]
    public async Task Well_behaved_work_shares_one_worker_that_is_closed_at_the_end()
    {
        ImmutableArray<Answer<string>> answers = await RunAsync(Good("a"), Good("b"), Good("c"));
        Assert.Equal(["a", "b", "c"], answers.Select(a => a.Value));
        Fake only = Assert.Single(started);
        Assert.True(only.Closed && only.Disposed);
        Assert.Equal(3, only.Pings);
    }

    [Fact]
    public async Task A_refusal_is_an_answer_and_costs_no_worker()
    {
        ImmutableArray<Answer<string>> answers = await RunAsync(Good("a"), Refused("no such operator"), Good("c"));
        Assert.Equal("no such operator", answers[1].Failure!.Reason);
        Assert.Equal("c", answers[2].Value);
        Assert.Single(started);
    }

    [Theory]
    [InlineData(Moment.Work)]
    [InlineData(Moment.Ping)]
    [InlineData(Moment.Close)]
    public async Task A_crash_is_blamed_on_work_that_crashed_alone_and_the_rest_is_done_again(Moment moment)
    {
        ImmutableArray<Answer<string>> answers = await RunAsync(Good("a"), Deadly("b", moment), Good("c"));
        Assert.Equal("a", answers[0].Value);
        Assert.Equal(FailureKind.Crashed, answers[1].Failure!.Kind);
        Assert.Null(answers[1].Value);
        Assert.Equal("c", answers[2].Value);
        Assert.Contains(started, worker => worker.Done is ["a"] && worker.Closed);
        Assert.Contains(started, worker => worker.Done is ["b"] && !worker.Closed);
    }

    [Fact]
    public async Task Answers_of_a_worker_that_died_later_are_void_even_when_it_answered_pings()
    {
        int times = 0;
        Work changing = (worker, _) => Task.FromResult(((Fake)worker).Do("answer " + ++times));
        ImmutableArray<Answer<string>> answers = await RunAsync(changing, Deadly("b", Moment.Close));
        Assert.Equal("answer 2", answers[0].Value);
    }

    [Fact]
    public async Task Work_that_only_suffered_from_what_ran_before_it_is_not_blamed()
    {
        Work suffers = (worker, _) => ((Fake)worker).Done.Count > 0
            ? throw new WorkerFailureException(FailureKind.Crashed, "corrupt")
            : Task.FromResult(((Fake)worker).Do("b"));
        ImmutableArray<Answer<string>> answers = await RunAsync(Good("a"), suffers);
        Assert.Equal(["a", "b"], answers.Select(a => a.Value));
    }

    [Fact]
    public async Task Work_that_dies_first_in_its_worker_is_not_repeated()
    {
        int times = 0;
        Work deadly = (_, _) =>
        {
            times++;
            throw new WorkerFailureException(FailureKind.Hung, "no answer");
        };
        ImmutableArray<Answer<string>> answers = await RunAsync(deadly, Good("b"));
        Assert.Equal(1, times);
        Assert.Equal((FailureKind.Hung, "b"), (answers[0].Failure!.Kind, answers[1].Value));
    }

    [Fact]
    public async Task Where_no_worker_starts_every_answer_says_why()
    {
        CheckedWorker workers = new(_ => throw new WorkerFailureException(FailureKind.CannotStart, "not built"));
        ImmutableArray<Answer<string>> answers = await workers.RunAsync([Good("a"), Good("b")]);
        Assert.All(answers, answer => Assert.Equal("not built", answer.Failure!.Reason));
        Assert.Equal(2, answers.Length);
    }

    [Fact]
    public async Task A_kept_worker_serves_several_calls_and_is_closed_when_they_are_settled()
    {
        CheckedWorker workers = New();
        workers.Keep();
        Assert.Equal(["a"], (await workers.RunAsync([Good("a")])).Select(a => a.Value));
        Assert.Equal(["b", "c"], (await workers.RunAsync([Good("b"), Good("c")])).Select(a => a.Value));
        Assert.False(started.Single().Closed);
        Assert.True(await workers.SettleAsync(default));
        Assert.True(started.Single() is { Closed: true, Disposed: true });
        await workers.RunAsync([Good("d")]);
        Assert.True(started.Count == 2 && started[1].Closed);
    }

    [Theory]
    [InlineData(Moment.Work)]
    [InlineData(Moment.Ping)]
    [InlineData(Moment.Close)]
    public async Task What_a_kept_worker_answered_does_not_count_when_it_dies_later(Moment moment)
    {
        CheckedWorker workers = New();
        workers.Keep();
        await workers.RunAsync([Good("a")]);
        Answer<string> second = (await workers.RunAsync([Deadly("b", moment)]))[0];
        // It did not die of b alone, so b is asked in a worker of its own, and blamed there.
        Assert.Equal(moment != Moment.Close, second.Failure is not null);
        Assert.False(await workers.SettleAsync(default));
        Assert.All(started, worker => Assert.True(worker.Disposed));
    }

    [Fact]
    public async Task A_kept_worker_does_not_outlive_a_cancelled_call()
    {
        CheckedWorker workers = New();
        workers.Keep();
        await workers.RunAsync([Good("a")]);
        await Assert.ThrowsAsync<OperationCanceledException>(() => workers.RunAsync<string>([(_, _) => throw new OperationCanceledException()]));
        Assert.True(started.Single().Disposed);
    }

    public enum Moment
    {
        Work,
        Ping,
        Close,
    }

    private Task<ImmutableArray<Answer<string>>> RunAsync(params Work[] work) => New().RunAsync(work);

    private CheckedWorker New() => new(_ =>
    {
        started.Add(new Fake());
        return Task.FromResult<IWorker>(started[^1]);
    });

    private static Work Good(string name) => (worker, _) => Task.FromResult(((Fake)worker).Do(name));

    private static Work Refused(string words) => (_, _) => throw new WorkerFailureException(FailureKind.Refused, words);

    private static Work Deadly(string name, Moment moment) => (worker, _) =>
    {
        Fake fake = (Fake)worker;
        fake.DiesAt = moment;
        fake.Do(name);
        return moment == Moment.Work ? throw Fake.Death : Task.FromResult(name);
    };

    private sealed class Fake : IWorker
    {
        public static WorkerFailureException Death => new(FailureKind.Crashed, "died");

        public List<string> Done { get; } = [];

        public Moment? DiesAt { get; set; }

        public int Pings { get; private set; }

        public bool Closed { get; private set; }

        public bool Disposed { get; private set; }

        public string Folder => "";

        public string StderrTail => "";

        public string Do(string name)
        {
            Done.Add(name);
            return name;
        }

        public Task<TReply> AskAsync<TRequest, TReply>(Verb<TRequest, TReply> verb, TRequest request, CancellationToken cancel = default) =>
            throw new NotSupportedException();

        public Task PingAsync(CancellationToken cancel = default)
        {
            Pings++;
            return DiesAt == Moment.Ping ? throw Death : Task.CompletedTask;
        }

        public Task CloseAsync(CancellationToken cancel = default)
        {
            Closed = DiesAt is null;
            return Closed ? Task.CompletedTask : throw Death;
        }

        public ValueTask DisposeAsync()
        {
            Disposed = true;
            return ValueTask.CompletedTask;
        }
    }
}
