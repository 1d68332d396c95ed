using System.Collections.Immutable;
using OffByN.Arithmetic.Operators;
using OffByN.Golden;
using OffByN.Harness.Candidates;
using OffByN.Harness.Comparison;
using OffByN.Harness.Diagnosis;
using OffByN.Model;
using OffByN.Reference.Operators;

namespace OffByN.Harness.Explanation;

/// <summary>Two steps that face each other; null where a trace has no such step.</summary>
public sealed record FacingSteps(TraceStep? Expected, TraceStep? Actual)
{
    public string Name => (Expected ?? Actual)!.Name;

    public bool Differ => Expected?.Value != Actual?.Value;
}

/// <summary>One element of one layer: what it should be, what the candidate has, and every step between input and code.</summary>
/// <param name="ExpectedValue">The oracle's: a code, an integer as it is, or a float.</param>
/// <param name="ActualValue">The candidate's.</param>
/// <param name="Best">The best hypothesis for the layer, whose steps are the actual ones; null where the layer does not part from the oracle or nothing fits.</param>
/// <param name="Actual">The candidate's trace under that hypothesis; null without one.</param>
/// <param name="Fit">The numbers with which the expected arithmetic would give the candidate's channel; null where nothing differs, or there are no such numbers.</param>
public sealed record ElementExplanation(
    LayerComparison Layer, ImmutableArray<int> Element, Number ExpectedValue, Number ActualValue, Hypothesis? Best, ElementTrace Expected, ElementTrace? Actual, ChannelFit? Fit)
{
    /// <summary>All steps in order, each beside the one of the same name.</summary>
    public ImmutableArray<FacingSteps> Steps => Actual is null ? [.. Expected.Steps.Select(step => new FacingSteps(step, step))] : Facing(Expected, Actual);

    /// <summary>True when the hypothesis gives the candidate's value here.</summary>
    public bool IsReproduced => Actual is not null && Actual.Steps[^1].Value == ActualValue.ToString();

    /// <summary>The layer's element; null where the layer cannot be recomputed, has no elements, or is not its operator's first output.</summary>
    /// <param name="context">What the candidate was run on.</param>
    /// <param name="candidate">What it gave.</param>
    /// <param name="run">The comparison of both.</param>
    /// <param name="layer">The operator's output.</param>
    /// <param name="element">Null for the worst one, of the candidate's own chain where the operator alone is right, and of several the one with the smallest accumulator.</param>
    /// <param name="under">The hypothesis whose steps face the expected ones; null for the best known.</param>
    /// <exception cref="UserErrorException">The element is outside the tensor.</exception>
    public static ElementExplanation? Of(
        CandidateContext context, CandidateTensors candidate, RunReport run, LayerComparison layer, ImmutableArray<int>? element, Hypothesis? under = null)
    {
        Shape shape = layer.Tensor.Shape ?? Shape.Create([]);
        int? flat = element is { } given ? FlatOf(given, shape, layer) : null;
        if (layer.IsState || layer.Output != 0 || OperatorCase.Of(context, candidate, layer.Layer) is not { Output.Shape.Elements: > 0 } one)
            return null;
        int chosen = flat ?? (layer is { Verdict: LayerVerdict.Inherited, Cumulative.Worst: { } inherited } ? (int)inherited.Flat : Worst(one));
        ElementTrace expected = ElementTrace.Of(one.Expected, one.Inputs, chosen);
        (Hypothesis Hypothesis, ElementTrace Trace)? best = (under is null ? BestOf(run, layer) : [under])
            .Select(hypothesis => ((Hypothesis Hypothesis, ElementTrace Trace)?)(hypothesis, ElementTrace.Of(hypothesis.Prepared, Throughout.InputsOf(one, hypothesis), chosen)))
            .MinBy(pair => Facing(expected, pair!.Value.Trace).Count(step => step.Differ));
        return new(
            layer, shape.IndexOf(chosen), ElementTrace.ValueAt(one.ExpectedCodes.Span, one.Output.Type, chosen), ElementTrace.ValueAt(one.ActualCodes.Span, one.Output.Type, chosen),
            best?.Hypothesis, expected, best?.Trace, layer.Verdict == LayerVerdict.Diverges ? ChannelFit.Of(one, chosen % shape.Last) : null);
    }

    private static ImmutableArray<FacingSteps> Facing(ElementTrace expected, ElementTrace other)
    {
        List<FacingSteps> steps = [];
        Queue<TraceStep> actual = new(other.Steps);
        HashSet<string> names = [.. expected.Steps.Select(step => step.Name)];
        foreach (TraceStep step in expected.Steps)
        {
            while (actual.Count > 0 && !names.Contains(actual.Peek().Name))
                steps.Add(new(null, actual.Dequeue()));
            bool faces = actual.Count > 0 && actual.Peek().Name == step.Name;
            steps.Add(new(step, faces ? actual.Dequeue() : null));
        }
        steps.AddRange(actual.Select(step => new FacingSteps(null, step)));
        return [.. steps];
    }

    /// <summary>
    /// Of the layer's best class the hypotheses that also the whole run speaks for; else all of the class. The trace takes the one with the fewest steps that differ
    /// from the expected ones.
    /// </summary>
    private static Hypothesis[] BestOf(RunReport run, LayerComparison layer)
    {
        if (layer.Causes.FirstOrDefault() is not { } cause)
            return [];
        HashSet<string> named = [.. run.Diagnosis.Where(one => one.Operators.Contains(layer.Layer)).SelectMany(one => one.Members).Select(member => member.Hypothesis.Id)];
        Hypothesis[] members = [.. cause.Members.Select(member => member.Hypothesis)];
        Hypothesis[] both = [.. members.Where(member => named.Contains(member.Id))];
        return both.Length > 0 ? both : members;
    }

    private static int FlatOf(ImmutableArray<int> element, Shape shape, LayerComparison layer)
    {
        if (element.Length != shape.Count || element.Where((index, axis) => (uint)index >= (uint)shape[axis]).Any())
        {
            throw new UserErrorException(
                $"--element {string.Join(',', element)}: operator {layer.Layer} has an output of {shape}, expected {shape.Count} indices from 0 to {string.Join(',', shape.Select(size => size - 1))}.");
        }
        int flat = 0;
        for (int axis = 0; axis < element.Length; axis++)
            flat = flat * shape[axis] + element[axis];
        return flat;
    }

    private static int Worst(OperatorCase one)
    {
        if (one.Expected is not PreparedConvolution convolution)
            return TensorComparer.Compare(ValueOf(one.ExpectedCodes), ValueOf(one.ActualCodes), null, FloatBound.Exact) is Metrics { Worst: { } furthest } ? (int)furthest.Flat : 0;
        TensorType type = one.Output.Type;
        int elements = one.Output.Shape!.Elements, most = 0;
        List<int> worst = [0];
        for (int i = 0; i < elements; i++)
        {
            int distance = Math.Abs(ElementTrace.CodeAt(one.ExpectedCodes.Span, type, i) - ElementTrace.CodeAt(one.ActualCodes.Span, type, i));
            if (distance > most)
                (most, worst) = (distance, []);
            if (distance == most && most > 0)
                worst.Add(i);
        }
        ScalarSums sums = new(convolution);
        return worst.Take(MostCandidates).MinBy(flat => Math.Abs((long)sums.At(one.Inputs[0].Span, flat / convolution.OutputChannels, flat % convolution.OutputChannels)));

        TensorValue ValueOf(ReadOnlyMemory<byte> codes) => new(one.Output.Type, one.Output.Shape!, codes);
    }

    /// <summary>Accumulators are computed one by one to find the smallest.</summary>
    private const int MostCandidates = 20_000;
}
