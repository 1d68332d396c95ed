using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using OffByN.Arithmetic.Profiles;
using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Reference.Mistakes;

/// <summary>Mistakes of operators that move, find or interpolate elements (spec, section 6.7).</summary>
internal static class MovementMistakes
{
    public static readonly ImmutableArray<Mistake> All =
    [
        Mistake.In<PreparedCopy>(MistakeGroup.Operator, "concatenation-rescaling", "101", "inputs of another scale copied, or rescaled otherwise", "x; half-away((x - zi)*m >> n) + zo", "Blocks", (c, _) =>
            c.Operator.Code == BuiltinOperator.Concatenation ? Rescaled(c) : []),
        Mistake.In<PreparedCopy>(MistakeGroup.Operator, "pad-zero", "114", "padded with code 0 instead of the zero point", "0", "Background", c =>
            c.Background.Any(code => code != 0) ? c with { Background = [.. c.Background.Select(_ => (byte)0)] } : null),
        Mistake.In<PreparedArgExtremum>(MistakeGroup.Operator, "last-extremum", "116", "last of equals found", "x[i] >= best", "TakesLast", e => e with { TakesLast = true }),
        new(MistakeGroup.Operator, "bilinear-coordinates", "109", "another convention of coordinates", "legacy, half_pixel_centers, align_corners", "Rows, Columns", site =>
            site.Expected is PreparedResizeBilinear ? Prepared(site, from form in Conventions select (form.Name, (OperatorOptions)new ResizeBilinearOptions(form.AlignCorners, form.HalfPixel))) : []),
        new(MistakeGroup.Operator, "nearest-coordinates", "110", "another convention of coordinates", "floor or round, with or without half a pixel", "Rows, Columns", site =>
            site.Expected is PreparedResizeNearest ? Prepared(site, from form in Conventions select (form.Name, (OperatorOptions)new ResizeNearestNeighborOptions(form.AlignCorners, form.HalfPixel))) : []),
    ];

    private static ImmutableArray<(string Name, bool AlignCorners, bool HalfPixel)> Conventions =>
        [("legacy", false, false), ("half pixel centers", false, true), ("aligned corners", true, false)];

    /// <summary>The operator with other options, as every known runtime would compute it.</summary>
    private static IEnumerable<Variant> Prepared(Site site, IEnumerable<(string Name, OperatorOptions Options)> forms)
    {
        foreach ((string name, OperatorOptions options) in forms.Where(form => !form.Options.Equals(site.Expected.Operator.Options)))
        {
            foreach (Profile profile in KnownProfiles.All)
            {
                PreparedOperator? prepared = null;
                try
                {
                    prepared = Preparation.Of(site.Graph, site.Expected.Operator with { Options = options }, profile, delegated: false);
                }
                catch (NotComputableException)
                {
                    // That runtime does not take this form.
                }
                if (prepared is not null)
                    yield return new($"{name}, as {profile.Name}", prepared);
            }
        }
    }

    private static IEnumerable<(string?, PreparedCopy)> Rescaled(PreparedCopy c)
    {
        if (c.Outputs[0] is not { Type: TensorType.UInt8 or TensorType.Int8, Quantization: { } to } || c.Inputs.All(input => input.Quantization is not { } from || from.Scale == to.Scale && from.ZeroPoint == to.ZeroPoint))
            yield break;
        if (c.Blocks.Any(block => !block.Codes.IsEmpty))
            yield return ("copied", c with { Blocks = [.. c.Blocks.Select(block => block with { Codes = [] })] });
        foreach (Requantization requantization in new[] { Requantization.Reference, Requantization.Ruy, Requantization.RealHalfAway, Requantization.Xnnpack, new(Product.Float32, Rounding.Truncate) })
            yield return ($"{requantization.Product}, {requantization.Rounding}", c with { Blocks = [.. c.Blocks.Select(block => block with { Codes = Codes(c.Inputs[block.Input], c.Outputs[0], requantization) })] });
    }

    private static ImmutableArray<byte> Codes(TensorInfo input, TensorInfo output, Requantization requantization)
    {
        (Quantization from, Quantization to) = (input.Quantization!, output.Quantization!);
        (int low, int high) = output.Type.CodeRange()!.Value;
        ChannelScale scale = ChannelScale.From((double)from.Scale / to.Scale);
        byte[] codes = new byte[256];
        for (int code = low; code <= high; code++)
            codes[code & 255] = (byte)Math.Clamp((long)requantization.Apply(code - from.ZeroPoint, scale) + to.ZeroPoint, low, high);
        return [.. codes];
    }
}
