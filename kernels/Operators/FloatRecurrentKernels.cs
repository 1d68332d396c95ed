using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Operators;
using Named = (string Name, OffByN.Kernels.KernelArgument Value);

namespace OffByN.Kernels.Operators;

/// <summary>Operators with state of float32: SVDF and UNIDIRECTIONAL_SEQUENCE_LSTM, with weights of float32 or int8. They change their state in place.</summary>
internal static class FloatRecurrentKernels
{
    private const int GroupSize = 64;

    /// <summary>What the kernel keeps beside vectors, in local memory.</summary>
    private const int RangeBytes = 64;

    [Plans]
    public static ImmutableArray<KernelPlan> Plan(PreparedFloatSvdf svdf, KernelTarget target)
    {
        Arguments.RequireIeee(target.Device);
        RealMatrix feature = svdf.Feature;
        CodedRows rows = new(svdf, svdf.Input, svdf.Input.Shape![0], feature.Columns);
        IEnumerable<Named> input = feature.IsHybrid ? rows.Arguments : [("input", new Activation(svdf.Input))];
        return
        [
            .. feature.IsHybrid ? [rows.Plan(RangeOf(svdf.IsAsymmetric), target.Device)] : ImmutableArray<KernelPlan>.Empty,
            KernelPlan.Flat(
                "float_svdf", [HybridOf(feature), ActivationOf(svdf.Activation)],
                Arguments.Of(
                [
                    .. input, ("state", new Activation(svdf.State)), ("output", new Activation(svdf.Output)),
                    ("weights", new Constant(ElementOf(feature), () => feature.Weights.Data)), ("weight_scale", new Real(feature.Scale)),
                    ("time_weights", Arguments.Floats(() => svdf.TimeWeights)), ("bias", Arguments.Floats(() => svdf.Bias.IsEmpty ? [0] : svdf.Bias)),
                    ("has_bias", new Number(svdf.Bias.IsEmpty ? 0 : 1)), ("input_size", new Number(feature.Columns)), ("filters", new Number(feature.Rows)),
                    ("rank", new Number(svdf.Rank)), ("memory", new Number(svdf.Memory)),
                ]),
                svdf.Output.Shape!.Elements),
        ];
    }

    [Plans]
    public static KernelPlan Plan(PreparedFloatLstm lstm, KernelTarget target)
    {
        Arguments.RequireFunctions(target.Device, "an LSTM");
        ImmutableArray<FloatLstmGate?> gates = [lstm.InputGate, lstm.ForgetGate, lstm.CellGate, lstm.OutputGate];
        bool isHybrid = lstm.OutputGate.Input.IsHybrid;
        int current = lstm.InputSize * sizeof(float), state = lstm.OutputSize * sizeof(float), sums = gates.Length * lstm.Cells * sizeof(float);
        int codes = isHybrid ? lstm.InputSize + lstm.OutputSize + lstm.Cells : 0;
        if ((long)current + state + sums + codes + RangeBytes > target.Device.LocalMemoryBytes)
            throw new NotComputableException($"{lstm.Cells} cells with {lstm.InputSize} inputs take {current + state + sums + codes + RangeBytes} bytes of a work-group's local memory, {target.Device.Name} has {target.Device.LocalMemoryBytes}");
        return new(
            "float_lstm", [HybridOf(lstm.OutputGate.Input), ActivationOf(lstm.Activation), .. isHybrid ? [CodedRows.Definition(RangeOf(lstm.IsAsymmetric))] : Array.Empty<string>()],
            Arguments.Of(
            [
                ("input", new Activation(lstm.Input)), ("output_state", new Activation(lstm.OutputState)), ("cell_state", new Activation(lstm.CellState)),
                ("output", new Activation(lstm.Output)),
                ("input_weights", Matrices(gate => gate.Input)), ("input_scales", Arguments.Floats(() => gates.Select(gate => gate?.Input.Scale ?? 0))),
                ("recurrent_weights", Matrices(gate => gate.Recurrent)), ("recurrent_scales", Arguments.Floats(() => gates.Select(gate => gate?.Recurrent.Scale ?? 0))),
                ("peephole_weights", Numbers(gate => gate.Peephole)), ("normalization_weights", Numbers(gate => gate.Normalization)), ("bias", Numbers(gate => gate.Bias)),
                ("projection_weights", new Constant(ElementOf(lstm.OutputGate.Input), () => lstm.Projection?.Weights.Data ?? new byte[sizeof(float)])),
                ("projection_scale", new Real(lstm.Projection?.Scale ?? 0)),
                ("projection_bias", Arguments.Floats(() => lstm.ProjectionBias.IsEmpty ? new float[lstm.OutputSize] : lstm.ProjectionBias)),
                ("cell_clip", new Real(lstm.CellClip)), ("projection_clip", new Real(lstm.ProjectionClip)), ("time_major", new Number(lstm.IsTimeMajor ? 1 : 0)),
                ("coupled", new Number(lstm.InputGate is null ? 1 : 0)), ("peepholes", new Number(gates.Select((gate, at) => gate?.Peephole.IsEmpty ?? true ? 0 : 1 << at).Sum())),
                ("normalizes", new Number(lstm.OutputGate.Normalization.IsEmpty ? 0 : 1)), ("projects", new Number(lstm.Projection is null ? 0 : 1)),
                ("batches", new Number(lstm.Batches)), ("steps", new Number(lstm.Steps)), ("input_size", new Number(lstm.InputSize)), ("cells", new Number(lstm.Cells)),
                ("output_size", new Number(lstm.OutputSize)),
                ("current", new Scratch(current)), ("state", new Scratch(state)), ("gates", new Scratch(sums)), ("current_codes", new Scratch(isHybrid ? lstm.InputSize : 1)),
                ("state_codes", new Scratch(isHybrid ? lstm.OutputSize : 1)), ("hidden_codes", new Scratch(isHybrid ? lstm.Cells : 1)),
            ]),
            [lstm.Batches * GroupSize], [GroupSize]);

        // Zeros for a gate that has no such parameters.
        Constant Matrices(Func<FloatLstmGate, RealMatrix> matrix) => new(ElementOf(lstm.OutputGate.Input), () =>
        {
            int bytes = matrix(lstm.OutputGate).Weights.Data.Length;
            return gates.SelectMany(gate => gate is null ? new byte[bytes] : matrix(gate).Weights.Data.ToArray()).ToArray();
        });

        Constant Numbers(Func<FloatLstmGate, ImmutableArray<float>> parameters) =>
            Arguments.Floats(() => gates.SelectMany(gate => gate is null || parameters(gate).IsEmpty ? new float[lstm.Cells] : parameters(gate).AsEnumerable()));
    }

    private static DynamicRange RangeOf(bool isAsymmetric) => isAsymmetric ? DynamicRange.Asymmetric : DynamicRange.Symmetric;

    private static string ElementOf(RealMatrix matrix) => matrix.IsHybrid ? "char" : "float";

    private static string HybridOf(RealMatrix matrix) => $"HYBRID={(matrix.IsHybrid ? 1 : 0)}";

    /// <summary>The definition that activation.h asks for.</summary>
    private static string ActivationOf(Model.Activation activation) => "ACTIVATION=" + activation switch
    {
        Model.Activation.Relu => "RELU",
        Model.Activation.Relu6 => "RELU_6",
        Model.Activation.Tanh => "TANH",
        _ => "NONE",
    };
}
