using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using OffByN.Workers;

namespace OffByN.TestWorker;

/// <summary>A worker that misbehaves on request. As "client" it is the other side: it starts a worker that sleeps, says so, and waits to be killed. With "snapshots" it writes them until then.</summary>
internal static partial class Program
{
    private const int Megabyte = 1 << 20;
    private const int ArenaBytes = 16 * Megabyte;

    private static Action atExit = () => { };

    public static int Main(string[] args)
    {
        if (args is ["snapshots", string folder, string bytes])
            return SampleSnapshots.WriteForever(folder, int.Parse(bytes, CultureInfo.InvariantCulture));
        if (args is ["client"])
            return ActAsClient().GetAwaiter().GetResult();
        if (Environment.GetEnvironmentVariable("OFFBYN_TEST_LOAD") == "fail")
            return WorkerHost.Run(args, () => throw new WorkerFailureException(FailureKind.CannotStart, "the runtime is not here"));
        return WorkerHost.Run(args, () => new WorkerHandlers { Shutdown = () => atExit() }.On(Deeds.Do, Do));
    }

    private static DeedReply Do(DeedRequest request)
    {
        switch (request.Deed)
        {
            case Deed.Refuse:
                throw new WorkerFailureException(FailureKind.Refused, request.Text);
            case Deed.Segfault:
                Console.Error.WriteLine("about to write to nowhere");
                Fill(8, 0, 8);
                break;
            case Deed.Abort:
                Abort();
                break;
            case Deed.Sleep:
                Thread.Sleep(Timeout.Infinite);
                break;
            case Deed.Spin:
                while (true)
                    Thread.SpinWait(1000);
            case Deed.PrintGarbage:
                Write(1, "\u0001garbage on stdout", 18);
                Write(2, "\u0001garbage on stderr", 18);
                Console.WriteLine("more garbage");
                break;
            case Deed.AllocateNatively:
                nint last = 0;
                while (Allocate(ArenaBytes) is var block && block != 0)
                    last = Fill(block, 1, ArenaBytes);
                // As native code does when it unwinds: what it was building is freed before anyone handles the failure.
                Free(last);
                throw new InsufficientMemoryException();
            case Deed.AllocateManaged:
                List<byte[]> kept = [];
                while (true)
                    kept.Add(GC.AllocateUninitializedArray<byte>(Megabyte));
            case Deed.WriteHugeFile:
                using (FileStream file = File.Create("huge"))
                {
                    while (true)
                        file.Write(new byte[Megabyte]);
                }
            case Deed.CloseEveryDescriptor:
                for (int descriptor = 3; descriptor < 1024; descriptor++)
                    _ = Close(descriptor);
                Thread.Sleep(Timeout.Infinite);
                break;
            case Deed.WriteToReplyPipe:
                for (int descriptor = 100; descriptor < 110; descriptor++)
                    Write(descriptor, "garbage", 7);
                Thread.Sleep(Timeout.Infinite);
                break;
            case Deed.DieAtExit:
                atExit = Abort;
                break;
            case Deed.HangAtExit:
                atExit = () => Thread.Sleep(Timeout.Infinite);
                break;
            case Deed.ExitWithZero:
                ExitNow(0);
                break;
            case Deed.LeaveChildAndDie:
                using (Process child = Process.Start("sleep", "3600"))
                    File.WriteAllText(request.Text, child.Id.ToString(CultureInfo.InvariantCulture));
                ExitNow(9);
                break;
            case Deed.ReadStdin:
                return new DeedReply(Console.In.ReadToEnd(), Environment.CurrentDirectory);
        }
        return new DeedReply(request.Text, Environment.CurrentDirectory);
    }

    private static async Task<int> ActAsClient()
    {
        WorkerProgram program = new("OffByN.TestWorker", "");
        WorkerClient worker = await WorkerClient.StartAsync(program, WorkerLimits.Default);
        Console.WriteLine($"{worker.ProcessId} {worker.Folder}");
        await worker.AskAsync(Deeds.Do, new DeedRequest(Deed.Sleep));
        return 0;
    }

    [LibraryImport("libc", EntryPoint = "memset")]
    private static partial nint Fill(nint address, int value, nint count);

    [LibraryImport("libc", EntryPoint = "malloc")]
    private static partial nint Allocate(nint count);

    [LibraryImport("libc", EntryPoint = "free")]
    private static partial void Free(nint block);

    [LibraryImport("libc", EntryPoint = "abort")]
    private static partial void Abort();

    [LibraryImport("libc", EntryPoint = "_exit")]
    private static partial void ExitNow(int code);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int descriptor);

    [LibraryImport("libc", EntryPoint = "write", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint Write(int descriptor, string text, nint count);
}
