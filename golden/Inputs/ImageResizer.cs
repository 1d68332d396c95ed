namespace OffByN.Golden.Inputs;

/// <summary>How an image of another size becomes one of the model's. Integer arithmetic alone: the same on every machine.</summary>
public enum ResizeMode
{
    /// <summary>Pixel x of w takes source pixel floor((2x + 1) W / 2w) of W: the one that its centre falls into.</summary>
    Nearest,

    /// <summary>
    /// The centre of pixel x of w lies at ((2x + 1) W - w) / 2w in source pixels, moved into 0..W-1, between two source pixels whose weights
    /// are the distances to the other; the same for rows; the weighted mean of four pixels rounds half up. Nothing is averaged when shrinking.
    /// </summary>
    Bilinear,
}

internal static class ImageResizer
{
    public static Image Resize(Image source, int width, int height, ResizeMode mode)
    {
        byte[] pixels = new byte[width * height * source.Channels];
        (Tap[] columns, Tap[] rows) = (Taps(source.Width, width, mode), Taps(source.Height, height, mode));
        int to = 0;
        foreach (Tap row in rows)
        {
            foreach (Tap column in columns)
            {
                for (int channel = 0; channel < source.Channels; channel++)
                {
                    long top = column.Mix(At(row.First, column.First, channel), At(row.First, column.Second, channel));
                    long bottom = column.Mix(At(row.Second, column.First, channel), At(row.Second, column.Second, channel));
                    long whole = row.Whole * column.Whole;
                    pixels[to++] = (byte)((2 * row.Mix(top, bottom) + whole) / (2 * whole));
                }
            }
        }
        return source with { Width = width, Height = height, Pixels = pixels };

        long At(int y, int x, int channel) => source.Pixels[(y * source.Width + x) * source.Channels + channel];
    }

    private static Tap[] Taps(int source, int target, ResizeMode mode)
    {
        Tap[] taps = new Tap[target];
        for (int x = 0; x < target; x++)
        {
            long whole = 2L * target;
            if (mode == ResizeMode.Nearest)
            {
                int nearest = (int)((2L * x + 1) * source / whole);
                taps[x] = new Tap(nearest, nearest, 0, 1);
                continue;
            }
            long place = Math.Clamp((2L * x + 1) * source - target, 0, (source - 1) * whole);
            int first = (int)(place / whole);
            taps[x] = new Tap(first, Math.Min(first + 1, source - 1), place % whole, whole);
        }
        return taps;
    }

    /// <summary>Two source pixels; the second weighs <paramref name="Part"/> of <paramref name="Whole"/>.</summary>
    private readonly record struct Tap(int First, int Second, long Part, long Whole)
    {
        public long Mix(long first, long second) => first * (Whole - Part) + second * Part;
    }
}
