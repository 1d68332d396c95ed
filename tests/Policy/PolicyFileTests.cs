using CsCheck;
using OffByN.Harness.Policy;
using OffByN.Model;
using OffByN.Reference.Oracles;
using Xunit;

namespace OffByN.Tests.Policy;

public sealed class PolicyFileTests
{
    private const string Full = """
        # what we live with
        flavours: [ref, opt]
        coverage:
          min: 0.95
          reason: the custom operator has no kernel yet
          expires: 2027-06-30
        accuracy:
          output: softmax*
          minTop1Agreement: 0.99
          maxAccuracyDrop: 0.005
        allow:
          - model: mobilenet*
            operator: AVERAGE_POOL_2D
            layer: "*/AvgPool*"
            maxOffBy: 1
            maxShare: 0.01
            minCosine: 0.9999
            reason: the unit rounds half up
            expires: 2027-01-31
          - reason: float noise
            maxOffBy: 4
        """;

    [Fact]
    public void Every_key_is_read()
    {
        VerificationPolicy policy = PolicyFile.Parse(Full, "offbyn.yaml");
        Assert.Equal([Flavour.Ref, Flavour.Opt], Assert.Single(policy.Flavours).Accepted.ToArray());
        Assert.Equal((0.95m, new DateOnly(2027, 6, 30)), (Assert.Single(policy.Coverage).Min, policy.Coverage[0].Grounds.Expires));
        Assert.Equal(new AccuracyRule(new NamePattern("softmax*"), 0.99m, 0.005m), policy.Accuracy);
        Assert.Equal(
            new Allowance("offbyn.yaml:12", "the unit rounds half up", new DateOnly(2027, 1, 31))
            {
                Model = new("mobilenet*"),
                Operator = new("AVERAGE_POOL_2D"),
                Layer = new("*/AvgPool*"),
                MaxOffBy = 1,
                MaxShare = 0.01m,
                MinCosine = 0.9999,
            },
            policy.Allowances[0]);
        Assert.Equal(new Allowance("offbyn.yaml:20", "float noise", null) { MaxOffBy = 4 }, policy.Allowances[1]);
    }

    [Fact]
    public void The_policy_of_the_documentation_is_read()
    {
        string page = File.ReadAllText(Path.Combine(Repository.Root, "docs", "policy.md"));
        string example = page.Split("```yaml\n")[1].Split("```")[0];
        VerificationPolicy policy = PolicyFile.Parse(example, "offbyn.yaml");
        Assert.Equal((2, 0.95m, 0.99m, 1), (policy.Flavours[0].Accepted.Length, policy.Coverage[1].Min, policy.Accuracy!.MinTop1Agreement, policy.Allowances.Length));
        Assert.Equal((1L, 0.01m, 0.9999, new DateOnly(2027, 1, 31)), (policy.Allowances[0].MaxOffBy, policy.Allowances[0].MaxShare, policy.Allowances[0].MinCosine, policy.Allowances[0].Expires));
    }

    [Theory]
    [InlineData("")]
    [InlineData("# nothing but a comment")]
    public void An_empty_policy_is_exactness(string text) => Assert.Empty(PolicyFile.Parse(text, "f").Allowances);

    [Theory]
    [InlineData("alow:\n  - reason: x", "f, line 1: unknown key 'alow', the nearest is 'allow'")]
    [InlineData("allow:\n  - reason: x\n    maxOfBy: 1", "f, line 3: unknown key 'maxOfBy', the nearest is 'maxOffBy'")]
    [InlineData("accuracy:\n  minTop1agreement: 1", "f, line 2: unknown key 'minTop1agreement', the nearest is 'minTop1Agreement'")]
    [InlineData("allow:\n  - maxOffBy: 1", "f, line 2: expected a 'reason'")]
    [InlineData("allow:\n  - maxOffBy: 1\n    reason: '  '", "expected a 'reason'")]
    [InlineData("allow:\n  - reason: x", "f, line 2: an allowance expects a bound")]
    [InlineData("allow:\n  - maxOffBy: 1.5\n    reason: x", "f, line 2: 'maxOffBy' expects a whole number")]
    [InlineData("allow:\n  - maxOffBy: -1\n    reason: x", "'maxOffBy' expects a whole number")]
    [InlineData("allow:\n  - maxShare: 2\n    reason: x", "'maxShare' expects a number from 0 to 1, found '2'")]
    [InlineData("allow:\n  - minCosine: NaN\n    reason: x", "'minCosine' expects a number")]
    [InlineData("allow:\n  - maxOffBy: 1\n    reason: x\n    expires: 31.12.2026", "f, line 4: 'expires' expects a date such as 2027-01-31")]
    [InlineData("allow:\n  - maxOffBy: 1\n    maxOffBy: 2\n    reason: x", "'maxOffBy' is there twice")]
    [InlineData("allow: everything", "'allow' expects a list")]
    [InlineData("allow: [1]", "an allowance expects keys and values")]
    [InlineData("flavours: [fast]", "'flavours' expects ref, opt or xnn")]
    [InlineData("flavours: ['7']", "'flavours' expects ref, opt or xnn")]
    [InlineData("coverage: 0.9", "'coverage' expects keys and values")]
    [InlineData("coverage:\n  min: 0\n  reason: x", "more than 0")]
    [InlineData("accuracy: {}", "expects minTop1Agreement or maxAccuracyDrop")]
    [InlineData("- 1", "expected keys and values")]
    [InlineData("a: 1\n--- \nb: 1", "expected one document")]
    [InlineData("allow: [", "not YAML")]
    [InlineData("allow: !!python/object:os.system [x]", "tags such as")]
    public void What_is_not_understood_is_an_error_with_its_line(string text, string reason) => Assert.Contains(reason, Error(text), StringComparison.Ordinal);

    [Fact]
    public void An_alias_bomb_is_refused_at_its_first_anchor()
    {
        string bomb = "a: &a [x,x,x,x,x,x,x,x,x]\n" + string.Concat(Enumerable.Range(1, 20).Select(i => $"{(char)('a' + i)}: &{(char)('a' + i)} [{string.Join(',', Enumerable.Repeat($"*{(char)('a' + i - 1)}", 9))}]\n"));
        Assert.Contains("f, line 1: anchors and aliases are not supported", Error(bomb), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("[", 200_000)]
    [InlineData("{a: ", 100_000)]
    [InlineData("- ", 200_000)]
    public void Depth_without_end_is_refused(string open, int times) => Error("allow: " + (open == "- " ? "\n  " : "") + string.Concat(Enumerable.Repeat(open, times)));

    [Fact]
    public void A_file_without_end_is_not_read()
    {
        using TemporaryFolder folder = new();
        string path = folder.File("offbyn.yaml");
        using (FileStream file = File.Create(path))
            file.SetLength(1L << 40);
        Assert.Contains("expected at most", Assert.Throws<UserErrorException>(() => PolicyFile.Read(path)).Message, StringComparison.Ordinal);
        Assert.Contains("no such file", Assert.Throws<UserErrorException>(() => PolicyFile.Read(folder.File("none"))).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Damage_is_either_understood_or_an_error_for_the_user() =>
        Gen.Select(Gen.Int[0, Full.Length - 1], Gen.Char["\n:-[]{}&*!|>'\"%@`\t\0x9 "], Gen.Int[0, Full.Length - 1]).Sample((at, with, cut) =>
        {
            foreach (string damaged in (string[])[Full[..at] + with + Full[(at + 1)..], Full[..cut] + with])
            {
                try
                {
                    PolicyFile.Parse(damaged, "f");
                }
                catch (UserErrorException)
                {
                }
            }
        });

    [Theory]
    [InlineData("*", "", true)]
    [InlineData("a*c", "abbc", true)]
    [InlineData("a*c", "abbd", false)]
    [InlineData("*/AvgPool*", "MobilenetV1/Logits/AvgPool_1a/AvgPool", true)]
    [InlineData("conv_2d", "CONV_2D", true)]
    [InlineData("conv", "conv_2d", false)]
    [InlineData("**a**", "bab", true)]
    [InlineData("", "x", false)]
    public void A_star_stands_for_any_characters(string pattern, string name, bool matches) => Assert.Equal(matches, new NamePattern(pattern).Matches(name));

    [Fact]
    public void A_pattern_made_to_take_long_does_not() =>
        Assert.False(new NamePattern(string.Concat(Enumerable.Repeat("a*", 500)) + "b").Matches(new string('a', 20_000)));

    private static string Error(string text) => Assert.Throws<UserErrorException>(() => PolicyFile.Parse(text, "f")).Message;
}
