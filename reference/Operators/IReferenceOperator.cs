using System.Collections.Immutable;
using OffByN.Arithmetic;

namespace OffByN.Reference.Operators;

/// <summary>
/// An operator that can be run: whatever depends on the file alone (packed weights, tables) is computed once, in the constructor. Instances hold no state
/// between runs and may run on several threads.
/// </summary>
public interface IReferenceOperator
{
    /// <summary>Computes every byte of the outputs, and behind them of the states. Buffers have the lengths that the prepared operator's inputs and results declare.</summary>
    void Run(ImmutableArray<ReadOnlyMemory<byte>> inputs, ImmutableArray<Memory<byte>> outputs);
}

/// <summary>An implementation of one kind of prepared operator; its constructor takes the record.</summary>
public interface IReferenceOperator<TPrepared> : IReferenceOperator
    where TPrepared : PreparedOperator;

/// <summary>Finds the implementation of a prepared operator. Each class in this folder registers itself by its interface.</summary>
public static class ReferenceOperators
{
    private static readonly ImmutableDictionary<Type, Type> Implementations =
        (from type in typeof(ReferenceOperators).Assembly.GetTypes()
         from contract in type.GetInterfaces()
         where contract.IsGenericType && contract.GetGenericTypeDefinition() == typeof(IReferenceOperator<>)
         select (Prepared: contract.GetGenericArguments()[0], Implementation: type)).ToImmutableDictionary(pair => pair.Prepared, pair => pair.Implementation);

    /// <exception cref="NotComputableException">Nothing implements this kind of operator.</exception>
    public static IReferenceOperator Create(PreparedOperator prepared) =>
        Implementations.TryGetValue(prepared.GetType(), out Type? type)
            ? (IReferenceOperator)Activator.CreateInstance(type, prepared)!
            : throw new NotComputableException($"{prepared.Operator.Name} is not implemented in the reference");
}
