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
    [SkippableFact]
    public void Every_pair_of_values_that_profiles_have_stands_on_the_page_or_has_a_reason()
    {
        Skip.IfNot(LiteRt.Xnn.Hash == LiteRt.XnnOn(hasAvx512: true).Hash, "the page was made where XNNPACK has AVX-512, and its profile is another here");
        string text = File.ReadAllText(Path.Combine(Repository.Root, "docs", "evidence.md"));
        HashSet<(string Operator, string Type, string Field, string A, string B, string Profile)> page = [.. Cells(text).Where(cell => cell.Text.Length > 0 || IsUnderDelegate(cell.Key.Profile)).Select(cell => cell.Key)];

        string[] missing =
        [
            .. from profile in KnownProfiles.All
               from pair in FieldPair.Read(profile, OperatorCases.Names, CasesPerFamily)
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
               from pair in FieldPair.Read(profile, OperatorCases.Names, CasesPerFamily)
               where EvidenceReasons.Of(pair.Key) is not null
               from family in pair
               from number in Enumerable.Range(0, 40)
               let made = OperatorCases.Make(family, number)
               from found in FieldPair.Of(made, profile).Where(other => other.Key == pair.Key)
               where Aimed(found, made) is var aimed && found.IsToldApartBy(aimed)
               select $"{pair.Key}: {made}",
        ];

        Assert.True(parting.Length == 0, string.Join('\n', parting.Take(20)));
    }

    /// <summary>What has no line on the page: no case of some numbers prepares different operators, so none of others may compute different results.</summary>
    [Fact]
    public void Fields_that_an_operator_does_not_read_change_no_result()
    {
        string[] parting =
        [
            .. from profile in KnownProfiles.All.AsParallel()
               let read = FieldPair.Read(profile, OperatorCases.Names, EvidenceRun.CasesPerFamily)
               from family in OperatorCases.Names
               from number in Enumerable.Range(EvidenceRun.CasesPerFamily, 8)
               let made = OperatorCases.Make(family, number)
               from pair in FieldPair.Of(made, profile)
               where !read.Contains(pair.Key) && pair.IsToldApartBy(Aimed(pair, made))
               select $"{pair.Key}: {made}",
        ];

        Assert.True(parting.Length == 0, string.Join('\n', parting.Take(20)));
    }

    [Fact]
    public void Fields_of_numbers_have_no_pair_where_the_type_has_codes()
    {
        foreach (Profile profile in KnownProfiles.All)
        {
            ILookup<EvidenceKey, string> read = FieldPair.Read(profile, [.. OperatorCases.Of("CONV_2D"), .. OperatorCases.Of("CAST"), .. OperatorCases.Of("ADD")], CasesPerFamily);

            Assert.Contains(read, pair => pair.Key is { Operator: "CONV_2D", Type: TensorType.Int8, Field: "Requantization" });
            Assert.Contains(read, pair => pair.Key is { Operator: "ADD", Type: TensorType.Float32, Field: "ClampsInfinity" });
            Assert.DoesNotContain(read, pair => pair.Key is { Type: not TensorType.Float32, Field: "Hybrid" or "Order" or "ClampsInfinity" });
            Assert.DoesNotContain(read, pair => pair.Key is { Type: TensorType.Float32, Field: "Requantization" or "Bounds" or "Scale" });
            Assert.DoesNotContain(read, pair => pair.Key is { Operator: "CAST", Type: TensorType.Float32 or TensorType.Bool });
        }
    }

    /// <summary>The runtime is played by the profile as it is; the one that is judged has one value changed, in every way that another profile offers.</summary>
    [Theory]
    [InlineData("CONV_2D int8", "litert-2.3.0/opt")]
    [InlineData("ADD int8", "litert-2.3.0/opt")]
    [InlineData("QUANTIZE float32", "litert-2.3.0/ref")]
    [InlineData("MEAN int8", "native-2.9.0/opt")]
    [InlineData("MAX_POOL_2D", "litert-2.3.0/ref")]
    [InlineData("RESIZE_BILINEAR float32", "litert-2.3.0/opt")]
    public void A_wrong_value_in_a_profile_is_a_contradiction(string family, string name)
    {
        Dictionary<EvidenceKey, EvidenceCount> right = [], wrong = [];
        for (int number = 0; number < 200; number++)
        {
            OperatorCase made = OperatorCases.Make(family, number);
            foreach (FieldPair pair in FieldPair.Of(made, KnownProfiles.Named(name)))
            {
                OperatorCase aimed = Aimed(pair, made);
                if (Output(aimed, pair.Own) is not { } runtime)
                    continue;
                FieldPair swapped = new(pair.Key with { Followed = pair.Key.Alternative, Alternative = pair.Key.Followed }, pair.Other, pair.Own);
                right[pair.Key] = right.GetValueOrDefault(pair.Key, EvidenceCount.None) + pair.Judge(aimed, runtime);
                wrong[swapped.Key] = wrong.GetValueOrDefault(swapped.Key, EvidenceCount.None) + swapped.Judge(aimed, runtime);
            }
        }

        Assert.Contains(right, entry => entry.Value.Elements > 0);
        Assert.Empty(EvidenceTable.Contradictions(right));
        Assert.Equal(right.Count(entry => entry.Value.Elements > 0), EvidenceTable.Contradictions(wrong).Length);
        Assert.DoesNotContain("**", EvidenceTable.Markdown(right, [name]), StringComparison.Ordinal);
        Assert.Contains("**", EvidenceTable.Markdown(wrong, [name]), StringComparison.Ordinal);
    }

    [Fact]
    public void A_result_beyond_the_bound_of_its_rule_is_a_contradiction_and_one_within_both_is_none()
    {
        Claim bounded = new(TensorType.Float32, Bytes(1, 1, 1, 1), new("", [0.25, 0.25, 0.25, double.NaN])), exact = new(TensorType.Float32, Bytes(1.125f, 1.125f, 1.125f, 2), null);

        EvidenceCount count = FieldPair.Judge(bounded, exact, Bytes(1.125f, 1.0625f, 3, 7));

        Assert.Equal(new EvidenceCount(1, 2, 1, 0, 1), count);
    }

    [Fact]
    public void What_no_element_told_to_the_bit_stands_as_bounded()
    {
        EvidenceKey key = new("EXP", TensorType.Float32, "p", "Single", "a", "b");

        Assert.Contains("| bounded 1,234 |", EvidenceTable.Markdown(new Dictionary<EvidenceKey, EvidenceCount> { [key] = new(0, 0, 0, 0, 1234) }, ["p"]), StringComparison.Ordinal);
    }

    private static byte[] Bytes(params ReadOnlySpan<float> numbers) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(numbers).ToArray();

    private static OperatorCase Aimed(FieldPair pair, OperatorCase made)
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

    /// <summary>Random values tell these apart in one element of many thousands, or never.</summary>
    [Theory]
    [InlineData("ADD int8", "Single", "litert-2.3.0/opt")]
    [InlineData("ADD int16", "Plain", "litert-2.3.0/opt")]
    [InlineData("BATCH_MATMUL int8", "Scale", "litert-2.3.0/ref")]
    [InlineData("BATCH_MATMUL int8", "Requantization", "litert-2.3.0/opt")]
    [InlineData("MEAN int8", "TailRequantization", "litert-2.3.0/opt")]
    [InlineData("MEAN uint8", "Method", "litert-2.3.0/xnn")]
    [InlineData("SUM int8", "Method", "litert-2.3.0/opt")]
    [InlineData("LOG_SOFTMAX", "Method", "litert-2.3.0/ref")]
    [InlineData("QUANTIZE float32", "Tail", "litert-2.3.0/opt")]
    [InlineData("CONV_2D float32", "ClampsInfinity", "litert-2.3.0/opt")]
    [InlineData("TRANSPOSE_CONV int8", "Scale", "litert-2.3.0/ref")]
    [InlineData("CAST", "Floats", "native-2.9.0/opt")]
    [InlineData("DIV numbers", "ClampsInfinity", "litert-2.3.0/opt")]
    [InlineData("SOFTMAX 8-bit", "Method", "litert-2.3.0/ref")]
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

    private static byte[]? Output(OperatorCase one, Rule rule)
    {
        CaseModel model = CaseModel.Of([one]);
        ReferencePipeline reference = new(model.Graph, ArithmeticFields.ProfileOf(rule), ImmutableHashSet<TensorIndex>.Empty);
        OperatorResult result = reference.Run(new LayerIndex(0), model.Input.Tensors.Given);
        return result.Reason is null ? result.Outputs[0].Data.ToArray() : null;
    }

    /// <summary>The cells of the page's table that say something.</summary>
    /// <summary>Which operators a delegate leaves to the library, and whether such a rule is ever followed, only a run tells: there a line of the page may be empty.</summary>
    private static bool IsUnderDelegate(string profile) => profile.EndsWith("/xnn", StringComparison.Ordinal);

    private static IEnumerable<((string Operator, string Type, string Field, string A, string B, string Profile) Key, string Text)> Cells(string markdown)
    {
        string[] profiles = [];
        foreach (string line in markdown.Split('\n').Where(line => line.StartsWith("| ", StringComparison.Ordinal)))
        {
            string[] cells = [.. line.Trim().Trim('|').Split('|').Select(cell => cell.Trim())];
            if (cells[0] == "operator")
                profiles = cells[5..];
            foreach ((string profile, string cell) in profiles.Zip(cells.Skip(5)))
                yield return ((cells[0], cells[1], cells[2], cells[3], cells[4], profile), cell);
        }
    }
}
