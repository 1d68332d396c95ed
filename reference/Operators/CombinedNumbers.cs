using System.Collections.Immutable;
using System.Numerics;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using OffByN.Arithmetic.Operators;
using OffByN.Model;

namespace OffByN.Reference.Operators;

/// <summary>Element-wise operators on plain numbers.</summary>
public sealed class CombinedNumbers(PreparedNumbers numbers) : NumberOperator(numbers.Output.Type), IReferenceOperator<PreparedNumbers>, IBoundedOperator
{
    /// <summary>An ulp, between powers and arc tangents that both err by less.</summary>
    private const int OwnUnits = 2;

    public ErrorBound? BoundOf(int output, ImmutableArray<ReadOnlyMemory<byte>> inputs, bool ownFunctions)
    {
        if (!ownFunctions || !numbers.CallsLibrary)
            return null;
        byte[] results = new byte[numbers.Output.Type.Bytes(numbers.Output.Shape!.Elements)];
        Run(inputs, [results]);
        return ErrorBound.OfShare(OwnUnits, "|y|", MemoryMarshal.Cast<byte, float>(results), float.Epsilon);
    }

    protected override void Run<T>(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs)
    {
        Function<T> function = new(numbers.Function, T.CreateSaturating(numbers.Low), T.CreateSaturating(numbers.High));
        ElementWise.Run<T, T, T, Function<T>>(numbers.Broadcast, inputs[0], inputs[1], outputs[0], function, function);
    }

    private readonly struct Function<T>(NumberFunction function, T low, T high) : IPairFunction<T, T, T>
        where T : unmanaged, INumber<T>
    {
        /// <remarks>A NaN passes the clamp. TFLite refuses to divide an integer by 0; here that is 0.</remarks>
        public T Apply(T first, T second)
        {
            T result = unchecked(function switch
            {
                NumberFunction.Add => first + second,
                NumberFunction.Subtract => first - second,
                NumberFunction.Multiply => first * second,
                NumberFunction.Divide => Divide(first, second),
                NumberFunction.FloorDivide => FloorDivide(first, second),
                NumberFunction.Maximum => first > second ? first : second,
                NumberFunction.Minimum => first < second ? first : second,
                NumberFunction.FloorModulo => FloorModulo(first, second),
                NumberFunction.ExclusiveOr => T.CreateTruncating(long.CreateTruncating(first) ^ long.CreateTruncating(second)),
                NumberFunction.ShiftRight => T.CreateTruncating(long.CreateTruncating(first) >> Math.Clamp(int.CreateSaturating(second), 0, 8 * Unsafe.SizeOf<T>() - 1)),
                NumberFunction.Power => Powers.Of(first, second),
                NumberFunction.PowerOfOne => Powers.OfProducts(first, second),
                NumberFunction.ArcTangent => T.CreateTruncating(MathF.Atan2(float.CreateTruncating(first), float.CreateTruncating(second))),
                NumberFunction.SquaredDifference => (first - second) * (first - second),
                _ => first >= T.Zero ? first : first * second,
            });
            return result < low ? low : result > high ? high : result;
        }

        private static T Divide(T dividend, T divisor) =>
            typeof(T) == typeof(float) ? dividend / divisor
            : divisor == T.Zero ? T.Zero
            // The smallest integer has no negative to divide to.
            : divisor == -T.One ? unchecked(-dividend)
            : dividend / divisor;

        private static T FloorModulo(T dividend, T divisor)
        {
            if (typeof(T) != typeof(float) && (divisor == T.Zero || divisor == -T.One))
                return T.Zero;
            T rest = dividend % divisor;
            return rest != T.Zero && divisor < T.Zero != rest < T.Zero ? rest + divisor : rest;
        }

        private static T FloorDivide(T dividend, T divisor) =>
            T.CreateSaturating(Math.Floor(double.CreateTruncating(dividend) / double.CreateTruncating(divisor)));
    }
}
