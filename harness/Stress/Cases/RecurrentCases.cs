using OffByN.Model;
using OffByN.Model.Options;

namespace OffByN.Harness.Stress.Cases;

public static partial class OperatorCases
{
    private static Dictionary<string, Func<Random, OperatorCase>> Recurrent() => new()
    {
        ["UNIDIRECTIONAL_SEQUENCE_LSTM int8"] = Lstm,
        ["UNIDIRECTIONAL_SEQUENCE_LSTM float32"] = random => FloatLstm(random, TensorType.Float32),
        ["UNIDIRECTIONAL_SEQUENCE_LSTM float32 int8"] = random => FloatLstm(random, TensorType.Int8),
        ["RNN float32"] = random => Rnn(random, TensorType.Float32),
        ["RNN float32 int8"] = random => Rnn(random, TensorType.Int8),
        ["UNIDIRECTIONAL_SEQUENCE_RNN float32"] = random => SequenceRnn(random, TensorType.Float32),
        ["UNIDIRECTIONAL_SEQUENCE_RNN float32 int8"] = random => SequenceRnn(random, TensorType.Int8),
        ["SVDF int8"] = Svdf,
        ["SVDF float32"] = random => FloatSvdf(random, TensorType.Float32),
        ["SVDF float32 int8"] = random => FloatSvdf(random, TensorType.Int8),
    };

    private static OperatorCase Lstm(Random random)
    {
        (int batches, int steps, int inputs, int cells) = (random.Next(1, 4), random.Next(1, 7), random.Pick(1, 5, 16, 28), random.Pick(1, 4, 16, 20, 35));
        bool isTimeMajor = random.Next(3) == 0, isCoupled = random.Next(3) == 0, isNormalized = random.Next(3) == 0;
        int outputs = random.Next(3) == 0 ? random.Pick(1, 7, 24) : cells;
        bool isProjected = outputs != cells || random.Next(4) == 0, hasPeepholes = outputs == cells && random.Next(3) == 0;
        CaseTensor input = random.NextCodes(TensorType.Int8, isTimeMajor ? [steps, batches, inputs] : [batches, steps, inputs], 3e-3, 0.05);
        CaseTensor hidden = random.NextCodes(TensorType.Int8, [], 4e-3, 0.015), state = isProjected ? random.NextCodes(TensorType.Int8, [], 4e-3, 0.1) : hidden;
        int cellExponent = -random.Next(9, 16);
        // Beyond what int16 holds: sums that saturate.
        float stretch = random.Next(6) == 0 ? 40 : 1;
        CaseTensor Matrix(int rows, int columns) => new(TensorType.Int8, [rows, columns], stretch * random.NextScale(1e-3, 0.02)) { IsConstant = true };
        CaseTensor Words(float scale) => new(TensorType.Int16, [cells], scale) { IsConstant = true };
        CaseTensor Bias(int size, double range) => new(TensorType.Int32, [size]) { IsConstant = true, Range = (-range, range) };
        CaseTensor Gate(int gate, Func<CaseTensor> tensor) => gate == 0 && isCoupled ? CaseTensor.Absent : tensor();
        CaseTensor[] read =
        [
            input, .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Matrix(cells, inputs))), .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Matrix(cells, outputs))),
            .. new[] { 0, 1, 3 }.Select(gate => hasPeepholes ? Gate(gate, () => Words(random.NextScale(1e-6, 1e-4))) : CaseTensor.Absent),
            .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Bias(cells, isNormalized ? 1e7 : 3000))),
            isProjected ? Matrix(outputs, cells) : CaseTensor.Absent, isProjected && random.Next(2) == 0 ? Bias(outputs, 3000) : CaseTensor.Absent,
            state with { Shape = [batches, outputs], IsVariable = true }, new CaseTensor(TensorType.Int16, [batches, cells], MathF.ScaleB(1, cellExponent)) { IsVariable = true },
            .. Enumerable.Range(0, 4).Select(gate => isNormalized ? Gate(gate, () => Words(random.NextScale(1e-5, 1e-4))) : CaseTensor.Absent),
        ];
        return new(
            BuiltinOperator.UnidirectionalSequenceLstm, [.. read], state with { Shape = isTimeMajor ? [steps, batches, outputs] : [batches, steps, outputs] },
            new UnidirectionalSequenceLstmOptions(
                Activation.Tanh, random.Next(2) == 0 ? 0 : random.NextSingle() * 8, isProjected && random.Next(2) == 0 ? random.NextSingle() * 4 : 0, isTimeMajor))
        {
            Version = 3,
            Intermediates = [.. Enumerable.Range(0, 4).Select(_ => new CaseTensor(TensorType.Int16, [], random.NextScale(1e-4, 1e-2))), hidden],
        };
    }

    private static OperatorCase Rnn(Random random, TensorType weights)
    {
        int batches = random.Next(1, 4);
        OperatorCase sequence = SequenceRnn(random, weights, batches, steps: 1, isTimeMajor: true);
        SequenceRnnOptions options = (SequenceRnnOptions)sequence.Options!;
        return sequence with
        {
            Code = BuiltinOperator.Rnn, Inputs = sequence.Inputs.SetItem(0, sequence.Inputs[0] with { Shape = [batches, sequence.Inputs[0].Shape.Last] }),
            Output = sequence.Output with { Shape = [batches, sequence.Output.Shape.Last] }, Options = new RnnOptions(options.Activation, options.AsymmetricQuantizeInputs),
        };
    }

    private static OperatorCase SequenceRnn(Random random, TensorType weights) => SequenceRnn(random, weights, random.Next(1, 4), random.Next(1, 7), random.Next(3) == 0);

    private static OperatorCase SequenceRnn(Random random, TensorType weights, int batches, int steps, bool isTimeMajor)
    {
        (int size, int units) = (random.Pick(1, 5, 16, 28), random.Pick(1, 4, 7, 16, 35));
        Activation activation = random.Next(4) switch { 0 => Activation.None, 1 => Activation.Relu, 2 => Activation.Relu6, _ => Activation.Tanh };
        CaseTensor input = new(TensorType.Float32, isTimeMajor ? [steps, batches, size] : [batches, steps, size]) { Range = random.Next(6) == 0 ? (0, 0) : (-2, 2) };
        return new(
            BuiltinOperator.UnidirectionalSequenceRnn,
            [
                input, Weights(random, weights, [units, size]), Weights(random, weights, [units, units]), new(TensorType.Float32, [units]) { IsConstant = true, Range = (-1, 1) },
                new(TensorType.Float32, [batches, units]) { IsVariable = true },
            ],
            input with { Shape = [.. input.Shape.SkipLast(1), units], Range = null }, new SequenceRnnOptions(isTimeMajor, activation, weights == TensorType.Int8 && random.Next(2) == 0))
        { Version = weights == TensorType.Int8 ? 3 : 1 };
    }

    private static OperatorCase Svdf(Random random)
    {
        (int batches, int inputs, int units, int rank, int memory) = (random.Next(1, 4), random.Pick(1, 8, 30, 64), random.Pick(1, 5, 16), random.Next(1, 4), random.Next(1, 10));
        int filters = units * rank;
        CaseTensor input = random.NextCodes(TensorType.Int8, [batches, inputs]);
        CaseTensor feature = new(TensorType.Int8, [filters, inputs], random.NextScale()) { IsConstant = true };
        CaseTensor time = new(TensorType.Int16, [filters, memory], random.NextScale(1e-6, 1e-4)) { IsConstant = true };
        CaseTensor state = new(TensorType.Int16, [batches, filters * memory], input.Scale * feature.Scale * random.NextScale(0.2, 5)) { IsVariable = true };
        CaseTensor bias = new(TensorType.Int32, [units]) { IsConstant = true, Range = (-1e6, 1e6) };
        return new(
            BuiltinOperator.Svdf, [input, feature, time, random.Next(3) == 0 ? CaseTensor.Absent : bias, state],
            new CaseTensor(TensorType.Int8, [batches, units], state.Scale * time.Scale * 1e6f * random.NextScale(0.1, 10), random.NextZeroPoint(TensorType.Int8)),
            new SvdfOptions(rank, Activation.Relu)) { Version = 3 };
    }

    private static OperatorCase FloatLstm(Random random, TensorType weights)
    {
        bool isTimeMajor = random.Next(3) == 0;
        int batches = random.Pick(1, 2, 3, 4, 7);
        // A single row of float32 weights is not computed.
        int least = weights == TensorType.Float32 ? 2 : 1;
        (int steps, int inputs, int cells) = (random.Next(1, 7), random.Pick(1, 5, 16, 28, 99), random.Pick(least, 4, 7, 16, 35));
        bool isCoupled = random.Next(3) == 0, isNormalized = random.Next(3) == 0, hasPeepholes = random.Next(3) == 0;
        // TFLite's scratch tensor has room for 16 outputs more than cells: what is beyond is written into other tensors.
        int outputs = random.Next(3) == 0 ? Math.Min(random.Pick(least, 7, 24), cells + 16) : cells;
        bool isProjected = outputs != cells || random.Next(4) == 0;
        CaseTensor Matrix(params ReadOnlySpan<int> shape) => Weights(random, weights, Shape.Create(shape));
        CaseTensor Numbers(int size) => new(TensorType.Float32, [size]) { IsConstant = true, Range = (-1, 1) };
        CaseTensor Gate(int gate, Func<CaseTensor> tensor) => gate == 0 && isCoupled ? CaseTensor.Absent : tensor();
        CaseTensor State(int size) => new(TensorType.Float32, [batches, size]) { IsVariable = true };
        CaseTensor[] read =
        [
            new CaseTensor(TensorType.Float32, isTimeMajor ? [steps, batches, inputs] : [batches, steps, inputs]) { Range = (-3, 3) },
            .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Matrix(cells, inputs))), .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Matrix(cells, outputs))),
            .. new[] { 0, 1, 3 }.Select(gate => hasPeepholes ? Gate(gate, () => Matrix(cells)) : CaseTensor.Absent),
            .. Enumerable.Range(0, 4).Select(gate => Gate(gate, () => Numbers(cells))),
            isProjected ? Matrix(outputs, cells) : CaseTensor.Absent, isProjected && random.Next(2) == 0 ? Numbers(outputs) : CaseTensor.Absent, State(outputs), State(cells),
            .. Enumerable.Range(0, 4).Select(gate => isNormalized ? Gate(gate, () => Numbers(cells)) : CaseTensor.Absent),
        ];
        return new(
            BuiltinOperator.UnidirectionalSequenceLstm, [.. read], new CaseTensor(TensorType.Float32, isTimeMajor ? [steps, batches, outputs] : [batches, steps, outputs]),
            new UnidirectionalSequenceLstmOptions(
                random.Next(3) == 0 ? Activation.Relu6 : Activation.Tanh, random.Next(2) == 0 ? 0 : random.NextSingle() * 2, isProjected && random.Next(2) == 0 ? random.NextSingle() : 0,
                isTimeMajor, weights == TensorType.Int8 && random.Next(2) == 0))
        {
            Version = weights == TensorType.Int8 ? 3 : 1,
        };
    }

    private static OperatorCase FloatSvdf(Random random, TensorType weights)
    {
        (int batches, int inputs, int units, int rank, int memory) = (random.Next(1, 4), random.Pick(1, 8, 30, 64), random.Pick(1, 5, 16), random.Next(1, 4), random.Next(1, 14));
        int filters = units * rank;
        return new(
            BuiltinOperator.Svdf,
            [
                new CaseTensor(TensorType.Float32, [batches, inputs]) { Range = (-3, 3) }, Weights(random, weights, [filters, inputs]), Weights(random, weights, [filters, memory]),
                random.Next(3) == 0 ? CaseTensor.Absent : new CaseTensor(TensorType.Float32, [units]) { IsConstant = true, Range = (-1, 1) },
                new CaseTensor(TensorType.Float32, [batches, filters * memory]) { IsVariable = true },
            ],
            new CaseTensor(TensorType.Float32, [batches, units]),
            new SvdfOptions(rank, random.Next(2) == 0 ? Activation.None : Activation.Relu6, weights == TensorType.Int8 && random.Next(2) == 0))
        {
            Version = weights == TensorType.Int8 ? 2 : 1,
        };
    }

    private static CaseTensor Weights(Random random, TensorType type, Shape shape) => type == TensorType.Int8
        ? new(type, shape, random.NextScale(1e-3, 0.02)) { IsConstant = true }
        : new(type, shape) { IsConstant = true, Range = (-1, 1) };
}
