using System.Collections.Immutable;
using System.Diagnostics;
using OffByN.Arithmetic;
using OffByN.Golden;
using OffByN.Model;

namespace OffByN.Kernels;

/// <summary>What a run gave: the outputs of the operators that were computed, and why the others were not.</summary>
/// <param name="Tensors">Operator outputs and states after the run; graph inputs and substituted outputs are not among them.</param>
public sealed record OpenClCapture(TensorSet Tensors, ImmutableDictionary<LayerIndex, string> NotComputed)
{
    public static readonly OpenClCapture Empty = new(TensorSet.Empty, ImmutableDictionary<LayerIndex, string>.Empty);
}

/// <summary>A graph's operators as OpenCL kernels on one device, in the arithmetic of one profile. Not safe for concurrent use.</summary>
public sealed class OpenClPipeline : IDisposable
{
    private readonly OpenClDevice device;
    private readonly Graph graph;
    private readonly KernelPrograms programs;
    private readonly bool ownsPrograms;
    private readonly Action<string> progress;
    private readonly Dictionary<TensorIndex, GuardedBuffer> buffers = [];
    private readonly Dictionary<LayerIndex, (PreparedOperator Prepared, ImmutableArray<BoundKernel> Kernels)> layers = [];
    private readonly Dictionary<LayerIndex, string> notComputable = [];

    /// <summary>Prepares all operators, builds their kernels and uploads their constants. An operator for which that fails is left out, with the reason.</summary>
    /// <param name="delegated">Outputs of the operators that the profile's runtime gives to its delegate.</param>
    /// <param name="userFolder">Kernels in place of ours, by operator: <c>conv_2d.cl</c>, ...; null for none.</param>
    /// <param name="packed">Whether kernels with private layouts may be used where they are faster.</param>
    /// <param name="progress">Told what is about to happen in the device's compiler or in a kernel, either of which may end the process.</param>
    public OpenClPipeline(
        OpenClDevice device, Graph graph, Profile profile, IReadOnlySet<TensorIndex> delegated, string? userFolder = null, bool packed = true,
        Action<string>? progress = null)
        : this(device, graph, profile, delegated, new KernelPrograms(device, new(userFolder), progress ?? (_ => { })), packed, progress) => ownsPrograms = true;

    /// <param name="programs">Of that device; they outlive the pipeline, for others that need them too.</param>
    internal OpenClPipeline(
        OpenClDevice device, Graph graph, Profile profile, IReadOnlySet<TensorIndex> delegated, KernelPrograms programs, bool packed = true, Action<string>? progress = null)
    {
        (this.device, this.graph, this.programs, this.progress) = (device, graph, programs, progress ?? (_ => { }));
        KernelSource source = programs.Source;
        foreach (Operator op in graph.Operators)
        {
            try
            {
                PreparedOperator prepared = Preparation.Of(graph, op, profile, op.Outputs.Any(delegated.Contains));
                ImmutableArray<KernelPlan> natural = NaturalPlans(prepared, source);
                string[] users = [.. natural.Select(plan => plan.Name).Where(source.IsOverridden)];
                UserKernels = UserKernels.Union(users);
                layers.Add(op.Index, (prepared, Bind(packed && users.Length == 0 ? KernelPlans.Of(prepared, new(device.Facts, Packed: device.Facts.IsCpu)) : natural)));
            }
            catch (Exception e) when (e is NotComputableException or OpenClException)
            {
                notComputable.Add(op.Index, e.Message);
            }
        }
    }

    /// <summary>Programs that are ready: one for each kernel file, type and rounding in use.</summary>
    public int Programs => programs.Count;

    /// <summary>Names of the user's kernels, without .cl, that take the place of ours.</summary>
    public ImmutableSortedSet<string> UserKernels { get; private set; } = ImmutableSortedSet.Create<string>(StringComparer.Ordinal);

    /// <summary>The user's kernels that are named after an operator which takes several launches here, and ours that it takes: those names stand for them.</summary>
    public ImmutableSortedDictionary<string, string> SeveralLaunches { get; private set; } = ImmutableSortedDictionary.Create<string, string>(StringComparer.Ordinal);

    private IEnumerable<LayerIndex> Computed => layers.Keys.OrderBy(layer => layer.Value);

    /// <summary>Each operator alone, on the oracle's inputs and its states before the run.</summary>
    public OpenClCapture RunIsolated(TensorSet oracle) => Run((tensor, own) => oracle.Read(tensor.Index), oracle, resync: false);

    /// <summary>
    /// The chain from the graph's inputs on. Behind an operator that is not computed, or right only up to a bound, it goes on from the oracle's output, so that what
    /// comes after still means something.
    /// </summary>
    public OpenClCapture RunCumulative(TensorSet inputs, TensorSet oracle) =>
        Run((tensor, own) => own.GetValueOrDefault(tensor.Index) ?? inputs.Given(tensor.Index) ?? oracle.Given(tensor.Index), oracle, resync: true);

    /// <summary>Times whole runs, all kernels enqueued at once, on whatever the buffers hold; call after a run.</summary>
    /// <returns>The wall-clock time of each run in milliseconds.</returns>
    public ImmutableArray<double> Measure(int repetitions) =>
    [
        .. Enumerable.Range(0, repetitions).Select(_ =>
        {
            long start = Stopwatch.GetTimestamp();
            foreach (LayerIndex layer in Computed)
            {
                foreach (BoundKernel kernel in layers[layer].Kernels)
                    kernel.Enqueue();
            }
            device.Finish();
            return Stopwatch.GetElapsedTime(start).TotalMilliseconds;
        }),
    ];

    /// <summary>Each operator's median time on the device in milliseconds.</summary>
    public ImmutableArray<(LayerIndex Layer, string Kernel, double Milliseconds)> MeasureLayers(int repetitions) =>
    [
        .. Computed.Select(layer => (layer, string.Join(", ", layers[layer].Kernels.Select(kernel => kernel.Name).Distinct()),
            Enumerable.Range(0, repetitions).Select(_ => layers[layer].Kernels.Sum(device.Time)).Order().ElementAt(repetitions / 2))),
    ];

    public void Dispose()
    {
        foreach (BoundKernel kernel in layers.Values.SelectMany(layer => layer.Kernels))
            kernel.Dispose();
        foreach (GuardedBuffer buffer in buffers.Values)
            buffer.Dispose();
        if (ownsPrograms)
            programs.Dispose();
    }

    /// <summary>
    /// The launches with natural layouts. Our kernels are named after what they do (several operators may share one); a user's may be named after the operator instead,
    /// where it takes one launch.
    /// </summary>
    private ImmutableArray<KernelPlan> NaturalPlans(PreparedOperator prepared, KernelSource source)
    {
        ImmutableArray<KernelPlan> plans = KernelPlans.Of(prepared, new(device.Facts, Packed: false));
        string operatorName = prepared.Operator.Name.ToLowerInvariant();
        if (!source.IsOverridden(operatorName))
            return plans;
        if (plans is [var only])
            return [only with { Name = operatorName }];
        string[] names = [.. plans.Select(plan => plan.Name).Distinct()];
        if (!names.Contains(operatorName))
            SeveralLaunches = SeveralLaunches.SetItem(operatorName, string.Join(", ", names));
        return plans;
    }

    private OpenClCapture Run(Func<TensorInfo, Dictionary<TensorIndex, TensorValue>, TensorValue?> valueOf, TensorSet oracle, bool resync)
    {
        Dictionary<TensorIndex, TensorValue> own = [];
        Dictionary<string, TensorValue> computed = [];
        ImmutableDictionary<LayerIndex, string>.Builder notComputed = ImmutableDictionary.CreateBuilder<LayerIndex, string>();
        foreach (Operator op in graph.Operators)
        {
            try
            {
                if (notComputable.TryGetValue(op.Index, out string? reason))
                    throw new OpenClException(reason);
                (PreparedOperator prepared, ImmutableArray<BoundKernel> kernels) = layers[op.Index];
                TensorValue[] results = Compute(prepared, kernels, tensor => valueOf(tensor, own));
                foreach ((TensorInfo state, TensorValue value) in prepared.States.Zip(results.Skip(prepared.Outputs.Length)))
                    computed[TensorSet.StateKeyOf(state.Index)] = value;
                foreach ((TensorInfo tensor, TensorValue value) in prepared.Outputs.Zip(results))
                {
                    computed[TensorSet.KeyOf(tensor.Index)] = value;
                    own[tensor.Index] = resync && prepared.EndsChain(ownFunctions: true) && oracle.TryGet(tensor.Index, out TensorValue? right) ? right : value;
                }
            }
            catch (OpenClException e)
            {
                notComputed[op.Index] = e.Message;
                foreach (TensorIndex output in resync ? op.Outputs : [])
                {
                    if (oracle.TryGet(output, out TensorValue? value))
                        own[output] = value;
                }
            }
        }
        return new(new(computed), notComputed.ToImmutable());
    }

    /// <summary>Runs one operator, which changes its states in place. Nothing is returned that a kernel wrote beside its buffers.</summary>
    private TensorValue[] Compute(
        PreparedOperator prepared, ImmutableArray<BoundKernel> kernels, Func<TensorInfo, TensorValue?> valueOf)
    {
        foreach (TensorInfo input in prepared.Inputs)
        {
            ReadOnlyMemory<byte> data = input.IsConstant ? input.Data : (valueOf(input)
                ?? throw new OpenClException($"no value for its input, tensor {input.Index} ({input.Name})")).Data;
            GuardedBuffer buffer = BufferOf(input);
            if (data.Length != buffer.Bytes)
                throw new OpenClException($"tensor {input.Index} ({input.Name}) is {input.Shape} of {input.Type.Lower()}, {buffer.Bytes} bytes; found {data.Length}");
            buffer.Write(data.Span);
        }
        foreach (TensorInfo output in prepared.Outputs)
            BufferOf(output).Poison();
        foreach (BoundKernel kernel in kernels)
        {
            progress($"layer {prepared.Operator.Index}: running {kernel}");
            kernel.Enqueue();
        }
        device.Finish();
        return kernels.Select(kernel => kernel.Overrun()).FirstOrDefault(found => found is not null) is { } overrun
            ? throw new OpenClException(overrun)
            : [.. prepared.Results.Select(result => new TensorValue(result.Type, result.Shape!, BufferOf(result).Read()))];
    }

    private ImmutableArray<BoundKernel> Bind(ImmutableArray<KernelPlan> plans)
    {
        List<BoundKernel> bound = [];
        try
        {
            foreach (KernelPlan plan in plans)
                bound.Add(new(device, programs, plan, BufferOf));
            return [.. bound];
        }
        catch
        {
            bound.ForEach(kernel => kernel.Dispose());
            throw;
        }
    }

    private GuardedBuffer BufferOf(TensorInfo tensor)
    {
        if (!buffers.TryGetValue(tensor.Index, out GuardedBuffer? buffer))
        {
            int bytes = checked((int)tensor.Type.Bytes(tensor.Shape!.Elements));
            buffers.Add(tensor.Index, buffer = new(device, $"tensor {tensor.Index} ({tensor.Name})", bytes));
        }
        return buffer;
    }
}
