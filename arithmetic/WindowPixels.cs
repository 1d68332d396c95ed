namespace OffByN.Arithmetic;

/// <summary>
/// The input pixels under a window, row by row, without those that are padding: indices over all batches, to be multiplied by the channels. A struct to be
/// enumerated in place, since it is made for every output position.
/// </summary>
public struct WindowPixels
{
    private readonly Window window;
    private readonly int batch;
    private readonly int row;
    private readonly int column;
    private int ky;
    private int kx;

    /// <param name="position">Of the output, over all batches.</param>
    public WindowPixels(Window window, int position)
    {
        this.window = window;
        (int line, column) = Math.DivRem(position, window.Width.Output);
        (batch, row) = Math.DivRem(line, window.Height.Output);
        kx = -1;
    }

    public int Current { get; private set; }

    public readonly WindowPixels GetEnumerator() => this;

    public bool MoveNext()
    {
        for (; ky < window.Height.Kernel; ky++, kx = -1)
        {
            int y = window.Height.Position(row, ky);
            if ((uint)y >= (uint)window.Height.Input)
                continue;
            while (++kx < window.Width.Kernel)
            {
                int x = window.Width.Position(column, kx);
                if ((uint)x >= (uint)window.Width.Input)
                    continue;
                Current = (batch * window.Height.Input + y) * window.Width.Input + x;
                return true;
            }
        }
        return false;
    }
}
