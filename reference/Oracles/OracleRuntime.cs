using System.Collections.Immutable;
using OffByN.Workers;

namespace OffByN.Reference.Oracles;

/// <summary>Real TFLite on this machine: the worker that holds it, and what it can be asked for.</summary>
/// <param name="Name">The name in <c>--oracle</c>: <c>litert@2.3.0</c>.</param>
/// <param name="From">The folder or file that it is in.</param>
/// <param name="Program">Answers <see cref="OracleVerbs"/>.</param>
/// <param name="Flavours">Those that it has.</param>
public sealed record OracleRuntime(string Name, string From, WorkerProgram Program, ImmutableArray<Flavour> Flavours);
