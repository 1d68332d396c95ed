using System.Collections;
using System.Collections.Immutable;

namespace OffByN.Golden.Inputs;

/// <summary>
/// A model's inputs for several runs. A few are held; of many each is made when it is asked for, and made again the next time, so that they take no more memory
/// than those in use.
/// </summary>
public sealed class ModelInputs : IReadOnlyList<ModelInput>
{
    private const long MostHeldBytes = 64L << 20;

    private readonly ImmutableArray<Func<ModelInput>> makers;
    private readonly ImmutableArray<ModelInput> held;

    /// <param name="makers">One for each run; each gives the same input every time.</param>
    /// <param name="tried">How many are made here already, so that what cannot be read is noticed before any work.</param>
    /// <exception cref="Model.UserErrorException">One of those cannot be made.</exception>
    public ModelInputs(IEnumerable<Func<ModelInput>> makers, int tried = int.MaxValue)
    {
        this.makers = [.. makers];
        ImmutableArray<ModelInput>.Builder made = ImmutableArray.CreateBuilder<ModelInput>();
        long bytes = 0;
        foreach (Func<ModelInput> maker in this.makers.Take(tried))
        {
            ModelInput input = maker();
            bytes += input.Tensors.Tensors.Values.Sum(value => (long)value.Data.Length);
            if (bytes <= MostHeldBytes)
                made.Add(input);
        }
        held = made.ToImmutable();
    }

    public int Count => makers.Length;

    public ModelInput this[int run] => run < held.Length ? held[run] : makers[run]();

    public IEnumerator<ModelInput> GetEnumerator() => Enumerable.Range(0, Count).Select(run => this[run]).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
