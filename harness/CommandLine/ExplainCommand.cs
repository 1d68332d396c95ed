using System.CommandLine;
using OffByN.Arithmetic;
using OffByN.Harness.Explanation;
using OffByN.Model;
using OffByN.Reference.Mistakes;
using Spectre.Console;

namespace OffByN.Harness.CommandLine;

/// <summary><c>explain</c>: the arithmetic of one element, step by step.</summary>
internal static class ExplainCommand
{
    public static Command Create(IAnsiConsole console, TextWriter errors)
    {
        LayerExplanation layers = new();
        Option<int?> accumulator = new("--acc") { Description = "Accumulator, bias included (int32)", HelpName = "A" };
        Option<int?> mantissa = new("--multiplier") { Description = "Quantized multiplier (int32 mantissa)", HelpName = "M" };
        Option<int?> shift = new("--shift")
        {
            Description = "Right shift after the high multiply. Both conventions are understood: 7, and TFLite's exponent -7; a left shift is --left-shift",
            HelpName = "S",
        };
        Option<int?> leftShift = new("--left-shift") { Description = "Left shift before the high multiply, for factors of 1 and more", HelpName = "S" };
        Option<string?> scales = new("--scales") { Description = "Input, weight and output scale instead of multiplier and shift", HelpName = "IN,WEIGHT,OUT" };
        Option<int> zeroPoint = new("--zero-point") { Description = "Zero point of the output", HelpName = "Z" };
        Option<string?> type = new("--type") { Description = "Clamp to the codes of uint8, int8 or int16; without it nothing is clamped" };
        type.AcceptOnlyFromAmong("uint8", "int8", "int16");
        Option<int?> expected = new("--expected") { Description = "What TFLite gives", HelpName = "E" };
        Option<int?> actual = new("--actual") { Description = "What your kernel gives", HelpName = "B" };
        Option[] bare = [accumulator, mantissa, shift, leftShift, scales, zeroPoint, type, expected, actual];
        Command command = new("explain", """
            Print an element's arithmetic step by step, expected beside actual; or, from bare numbers, every known rounding side by side.

            Examples:
              offbyn explain mobilenet.tflite --input dog.ppm --candidate kernels:my-kernels --layer 0
              offbyn explain report.json --layer 0 --element 0,12,33,5
              offbyn explain --acc 585 --multiplier 1527099593 --shift 6 --zero-point -126 --expected -120 --actual -119
            """);
        foreach (Option option in bare)
            command.Options.Add(option);
        layers.AddTo(command);
        command.SetAction(async (parsed, cancel) =>
        {
            bool hasModel = layers.IsAskedFor(parsed);
            Option[] given = [.. command.Options.Where(option => option != layers.Quiet && parsed.GetResult(option) is { Implicit: false })];
            if (given.FirstOrDefault(option => bare.Contains(option) == hasModel) is { } other)
                throw new UserErrorException(hasModel
                    ? $"{other.Name} is for bare numbers, and does nothing beside a model: expected --layer and --element with it, or no model."
                    : $"{other.Name} needs a model: expected 'explain MODEL --layer N', or --acc with bare numbers alone.");
            if (hasModel)
                return await layers.RunAsync(parsed, console, errors, cancel).ConfigureAwait(false);
            int acc = parsed.GetValue(accumulator) ?? throw new UserErrorException(
                "explain needs a model with --layer, or an accumulator: --acc A with --multiplier M and --shift S, or with --scales IN,WEIGHT,OUT. See 'offbyn explain --help'.");
            Factors factors = parsed.GetValue(scales) is { } list
                ? FromScales(list)
                : FromMultiplier(parsed.GetValue(mantissa), parsed.GetValue(shift), parsed.GetValue(leftShift));
            (int Low, int High)? range = parsed.GetValue(type) is { } name ? Enum.Parse<TensorType>(name, ignoreCase: true).CodeRange() : null;
            BareExplanationView.Print(
                new(acc, factors, parsed.GetValue(zeroPoint), range?.Low, range?.High, parsed.GetValue(expected), parsed.GetValue(actual)), console);
            return 0;
        });
        return command;
    }

    private static Factors FromMultiplier(int? mantissa, int? shift, int? leftShift)
    {
        if (mantissa is not { } m || (shift is null) == (leftShift is null))
            throw new UserErrorException("explain needs a factor: expected --multiplier M with --shift S (or --left-shift S), or --scales IN,WEIGHT,OUT.");
        int exponent = leftShift ?? -Math.Abs((long)shift!.Value) switch { < -31 => -32, long right => (int)right };
        return exponent is >= -31 and <= 30
            ? BareNumbers.FactorsOf(new Multiplier(m, exponent))
            : throw new UserErrorException($"a shift must be between 0 and 31, found {leftShift ?? shift}.");
    }

    private static Factors FromScales(string list)
    {
        string[] parts = list.Split(',');
        float[] scales = [.. parts.Select(part => float.TryParse(part, System.Globalization.CultureInfo.InvariantCulture, out float scale) ? scale : float.NaN)];
        return scales.Length == 3 && scales.All(scale => float.IsFinite(scale) && scale > 0)
            ? BareNumbers.FactorsOf(scales[0], scales[1], scales[2])
            : throw new UserErrorException($"--scales needs three positive numbers IN,WEIGHT,OUT, found '{list}'.");
    }
}
