using System.Text;

namespace OffByN.Workers;

/// <summary>Reads a stream to its end, as fast as it comes, and keeps the last 8 KiB.</summary>
internal sealed class StderrTail
{
    private const int Kept = 8 << 10;

    private readonly byte[] ring = new byte[Kept];
    private readonly Lock gate = new();
    private readonly Task reading;
    private long written;

    public StderrTail(Stream stream) => reading = Task.Factory.StartNew(() => Drain(stream), TaskCreationOptions.LongRunning);

    /// <summary>The end of the text so far; waits a little for the end of the stream, since a process's last words matter most.</summary>
    public async Task<string> LastWordsAsync()
    {
        // A child of the worker may hold the stream open after its death.
        await Task.WhenAny(reading, Task.Delay(TimeSpan.FromMilliseconds(500))).ConfigureAwait(false);
        return ToString();
    }

    public override string ToString()
    {
        lock (gate)
        {
            int count = (int)Math.Min(written, Kept);
            byte[] text = new byte[count];
            for (int i = 0; i < count; i++)
                text[i] = ring[(written - count + i) % Kept];
            return Encoding.UTF8.GetString(text).Trim();
        }
    }

    private void Drain(Stream stream)
    {
        Span<byte> buffer = stackalloc byte[4096];
        try
        {
            for (int count = stream.Read(buffer); count > 0; count = stream.Read(buffer))
            {
                lock (gate)
                {
                    foreach (byte b in buffer[..count])
                        ring[written++ % Kept] = b;
                }
            }
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException)
        {
            // The process and its pipes are gone; what was read is what there is.
        }
    }
}
