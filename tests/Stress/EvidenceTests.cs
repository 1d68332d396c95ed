using System.Collections.Immutable;
using OffByN.Arithmetic;
using OffByN.Arithmetic.Profiles;
using OffByN.Harness.Stress;
using OffByN.Harness.Stress.Cases;
using OffByN.Harness.Stress.Evidence;
using OffByN.Model;
using OffByN.Reference;
using Xunit;

namespace OffByN.Tests.Stress;

public sealed class EvidenceTests
{
    private const int CasesPerFamily = 12;

    /// <summary>When this fails, a profile has a value that the page says nothing about: make the page anew, as it says itself.</summary>
    [Fact]
    public void Every_pair_of_values_that_profiles_have_stands_on_the_page_or_has_a_reason()
    {
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "evidence.md"));
        HashSet<(string Operator, string Type, string Field, string A, string B, string Profile)> page = [.. Cells(text)];

        string[] missing =
        [
            .. from profile in KnownProfiles.All
               from pair in FieldPair.Of(profile, OperatorCases.Names, CasesPerFamily)
               let key = pair.Key
               let isOrdered = string.CompareOrdinal(key.Followed, key.Alternative) < 0
               where EvidenceReasons.Of(key) is null && !page.Contains((key.Operator, key.Type.ToString().ToLowerInvariant(), key.Field,
                   isOrdered ? key.Followed : key.Alternative, isOrdered ? key.Alternative : key.Followed, profile.Name))
               select key.ToString(),
        ];

        Assert.True(missing.Length == 0, string.Join('\n', missing.Take(20)));
    }

    [Fact]
    public void Pairs_that_are_said_not_to_part_give_the_same_results()
    {
        string[] parting =
        [
            .. from profile in KnownProfiles.All.AsParallel()
               from pair in FieldPair.Of(profile, OperatorCases.Names, CasesPerFamily)
               where EvidenceReasons.Of(pair.Key) is not null
               from family in pair.Take(3)
               from number in Enumerable.Range(0, CasesPerFamily)
               let made = OperatorCases.Make(family, number)
               from found in FieldPair.Of(made, profile).Where(other => other.Key == pair.Key)
               where !AreAlike(Aimed(found, made), found)
               select $"{pair.Key}: {made}",
        ];

        Assert.True(parting.Length == 0, string.Join('\n', parting.Take(20)));

        static OperatorCase Aimed(FieldPair pair, OperatorCase made)
        {
            try
            {
                return pair.Aimed(made) ?? made;
            }
            catch (NotComputableException)
            {
                return made;
            }
        }

        static bool AreAlike(OperatorCase one, FieldPair pair) => Output(one, pair.Own) is not { } own || Output(one, pair.Other) is not { } other || own.AsSpan().SequenceEqual(other);
    }

    /// <summary>Random values tell these apart in one element of many thousands, or never.</summary>
    [Theory]
    [InlineData("ADD int8", "Single", "litert-2.3.0/opt")]
    [InlineData("ADD int16", "Plain", "litert-2.3.0/opt")]
    [InlineData("BATCH_MATMUL int8", "Scale", "litert-2.3.0/ref")]
    [InlineData("BATCH_MATMUL int16", "Requantization", "litert-2.3.0/opt")]
    [InlineData("MEAN int8", "TailRequantization", "litert-2.3.0/opt")]
    [InlineData("MEAN uint8", "Method", "litert-2.3.0/xnn")]
    [InlineData("SUM int8", "Method", "litert-2.3.0/opt")]
    [InlineData("LOG_SOFTMAX", "Method", "litert-2.3.0/ref")]
    [InlineData("QUANTIZE float32", "Tail", "litert-2.3.0/opt")]
    [InlineData("CONV_2D float32", "ClampsInfinity", "litert-2.3.0/opt")]
    [InlineData("DEPTHWISE_CONV_2D int16", "Scale", "litert-2.3.0/ref")]
    public void Values_are_solved_for_that_make_two_arithmetics_part(string family, string field, string profile)
    {
        int telling = 0;
        for (int number = 0; number < 200 && telling < 4; number++)
        {
            OperatorCase made = OperatorCases.Make(family, number);
            foreach (FieldPair pair in FieldPair.Of(made, KnownProfiles.Named(profile)).Where(pair => pair.Key.Field == field && EvidenceReasons.Of(pair.Key) is null))
            {
                try
                {
                    telling += pair.Aimed(made) is { } aimed && Output(aimed, pair.Own) is { } own && Output(aimed, pair.Other) is { } other && !own.AsSpan().SequenceEqual(other) ? 1 : 0;
                }
                catch (NotComputableException)
                {
                    // One of the two does not compute this case.
                }
            }
        }

        Assert.InRange(telling, 4, int.MaxValue);
    }

    private static byte[]? Output(OperatorCase one, OperatorArithmetic arithmetic)
    {
        CaseModel model = CaseModel.Of([one]);
        ReferencePipeline reference = new(model.Graph, new Profile("test", [new Rule(one.Code, null, arithmetic)]), ImmutableHashSet<TensorIndex>.Empty);
        OperatorResult result = reference.Run(new LayerIndex(0), model.Input.Tensors.Given);
        return result.Reason is null ? result.Outputs[0].Data.ToArray() : null;
    }

    /// <summary>The cells of the page's table that say something.</summary>
    private static IEnumerable<(string Operator, string Type, string Field, string A, string B, string Profile)> Cells(string markdown)
    {
        string[] profiles = [];
        foreach (string line in markdown.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
            if (cells[0] == "operator")
                profiles = cells[5..];
            foreach ((string profile, string cell) in profiles.Zip(cells.Skip(5)).Where(cell => cell.Second.Length > 0))
                yield return (cells[0], cells[1], cells[2], cells[3], cells[4], profile);
        }
    }
}
