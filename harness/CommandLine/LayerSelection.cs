using System.Globalization;
using OffByN.Model;

namespace OffByN.Harness.CommandLine;

/// <summary>From the words after <c>--layer</c> to an operator.</summary>
internal static class LayerSelection
{
    /// <summary>The operator at a position, or with an output of a name or part of one.</summary>
    /// <exception cref="UserErrorException">There is none, or more than one.</exception>
    public static Operator OperatorOf(Graph graph, string name)
    {
        if (int.TryParse(name, NumberStyles.Integer, CultureInfo.InvariantCulture, out int index))
        {
            return (uint)index < (uint)graph.Operators.Length ? graph.Operators[index]
                : throw new UserErrorException($"--layer {index}: {graph.Path} has {graph.Operators.Length} operators, expected 0 to {graph.Operators.Length - 1}.");
        }
        Operator[] named = [.. graph.Operators.Where(op => op.Outputs.Any(output => !output.IsNone && graph[output].Name == name))];
        if (named.Length == 0)
            named = [.. graph.Operators.Where(op => op.Outputs.Any(output => !output.IsNone && graph[output].Name.Contains(name, StringComparison.OrdinalIgnoreCase)))];
        return named switch
        {
            [Operator only] => only,
            [] => throw new UserErrorException($"--layer {Printable.Of(name)}: no operator of {graph.Path} has an output of that name. 'offbyn inspect {graph.Path}' lists them."),
            _ => throw new UserErrorException($"--layer {Printable.Of(name)}: that could be operator {string.Join(", ", named.Take(8).Select(op => op.Index))}{(named.Length > 8 ? ", ..." : "")}. Give its number."),
        };
    }
}
