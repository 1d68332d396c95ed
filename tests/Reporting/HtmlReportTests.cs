using System.Collections.Immutable;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using OffByN.Harness;
using OffByN.Harness.Comparison;
using OffByN.Harness.Reporting;
using Xunit;

namespace OffByN.Tests.Reporting;

public partial class HtmlReportTests
{
    private static readonly string[] Elements =
    [
        "!DOCTYPE", "html", "head", "meta", "link", "title", "style", "body", "header", "main", "section", "h1", "h2", "h3", "p", "span", "b", "i", "a", "dl", "dt", "dd", "div",
        "ol", "ul", "li", "table", "caption", "thead", "tbody", "tr", "th", "td", "figure", "figcaption", "svg", "g", "rect", "circle", "line", "path", "text", "details", "summary",
    ];

    public static TheoryData<string> Names => [.. SampleReports.All.Keys];

    public static TheoryData<string, string> TextOnGround => new()
    {
        { "text", "page" }, { "text", "card" }, { "text", "ground" }, { "quiet", "card" }, { "link", "card" }, { "equal", "equal-tint" }, { "within", "within-tint" },
        { "inherited", "inherited-tint" }, { "on-far", "far" }, { "on-far", "farther" }, { "on-strong", "diverges" }, { "on-strong", "equal" }, { "on-strong", "omitted" },
        { "omitted", "omitted-tint" }, { "omitted", "card" },
    };

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_loads_nothing_and_runs_nothing(string name)
    {
        string page = Render(SampleReports.All[name]);

        Assert.Contains("default-src 'none'", page, StringComparison.Ordinal);
        Assert.All(Tag().Matches(page), tag => Assert.DoesNotMatch("""\s(src|srcset|on\w+|action)\s*=|url\(""", tag.Value));
        Assert.All(Link().Matches(page), link => Assert.Matches("^(#|data:,$)", link.Groups[1].Value));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Elements_are_known_and_closed_in_order(string name)
    {
        Stack<string> open = new();
        foreach (Match tag in Tag().Matches(StyleSheet().Replace(Render(SampleReports.All[name]), "")))
        {
            string element = tag.Groups[2].Value;
            Assert.Contains(element, Elements.Append("title"));
            if (tag.Groups[1].Value == "/")
                Assert.Equal(element, open.Pop());
            else if (!tag.Value.EndsWith("/>", StringComparison.Ordinal) && element is not ("!DOCTYPE" or "meta" or "link"))
                open.Push(element);
        }
        Assert.Empty(open);
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_link_leads_to_one_place_on_the_page(string name)
    {
        string page = Render(SampleReports.All[name]);
        string[] places = [.. Place().Matches(page).Select(match => match.Groups[1].Value)];

        Assert.Equal(places.Length, places.Distinct().Count());
        Assert.All(Link().Matches(page).Select(match => match.Groups[1].Value).Where(target => target[0] == '#'), target => Assert.Contains(target[1..], places));
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void A_page_says_the_outcome_and_the_coverage(string name)
    {
        VerificationReport report = SampleReports.All[name];
        RunReport run = Decisive.Of(report)!.Worst;

        string page = Render(report);

        Assert.Matches($"<h1><span class=\"badge [a-z]+\">{(report.Verdict == Verdict.NotCompared ? "NOT COMPARED" : report.Verdict.ToString().ToUpperInvariant())}</span>", page);
        Assert.Contains($"{run.Coverage.Compared}/{run.Coverage.Total} operator outputs compared", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Hostile_names_are_shown_as_text()
    {
        string page = Render(SampleReports.HostileNames);

        Assert.Contains("&lt;script&gt;alert(1)&lt;/script&gt;", page, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", page, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain(page, character => (char.IsControl(character) && character != '\n') || character == '\u202e');
    }

    [Fact]
    public void Whatever_scrolls_can_be_reached_by_keyboard() =>
        Assert.All(Tag().Matches(Render(SampleReports.Flavours)).Where(tag => tag.Value.Contains("class=\"scroll\"", StringComparison.Ordinal)),
            tag => Assert.Matches("tabindex=\"0\" role=\"region\" aria-label=\"[^\"]+\"", tag.Value));

    [Fact]
    public void What_is_drawn_has_a_text_that_says_the_same()
    {
        Match[] drawings = [.. Tag().Matches(RenderWithMap()).Where(tag => tag.Groups[1].Value == "" && tag.Groups[2].Value == "svg")];

        Assert.Equal(3 + 2, drawings.Length);
        Assert.All(drawings, drawing => Assert.Matches("role=\"img\" aria-label=\"[^\"]+\"", drawing.Value));
    }

    [Fact]
    public void An_error_map_says_which_channel_and_position_differ_most()
    {
        string page = RenderWithMap();

        Assert.Contains("2 of 4 channels differ somewhere, most in channel 2: 5 elements", page, StringComparison.Ordinal);
        Assert.Contains("8 rows, 8 columns, 2 x 2 a cell; at most 25% of a cell, at row 4, column 6", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_nothing_differs_there_are_no_charts() => Assert.DoesNotContain("<svg", Render(SampleReports.Pass), StringComparison.Ordinal);

    [Fact]
    public void A_page_of_31_layers_that_all_differ_everywhere_stays_below_2_megabytes()
    {
        RunReport run = SampleReports.Long.Runs[0];
        LayerComparison worst = run.Layers[21];
        ErrorMap map = new()
        {
            Height = 112, Width = 112, CellSize = 4, Depth = 1024,
            Channels = [.. Enumerable.Range(1, 1024).Select(i => (long)i)],
            Cells = [.. Enumerable.Range(1, 28 * 28).Select(i => (long)i)],
        };
        ImmutableArray<LayerComparison> layers = [.. run.Layers.Take(31).Select(layer => worst with { Layer = layer.Layer, Operator = layer.Operator, Map = map })];

        string page = Render(SampleReports.Of([run with { Layers = layers }]));

        Assert.Equal(31, Regex.Count(page, "<details"));
        Assert.InRange(Encoding.UTF8.GetByteCount(page), 100_000, 2_000_000);
    }

    [Theory]
    [MemberData(nameof(TextOnGround))]
    public void Text_stands_out_from_its_ground_in_light_and_dark(string text, string ground)
    {
        Dictionary<string, string>[] themes = [.. Theme().Matches(Render(SampleReports.Pass)).Select(theme =>
            Colour().Matches(theme.Value).ToDictionary(colour => colour.Groups[1].Value, colour => colour.Groups[2].Value))];

        Assert.Equal(2, themes.Length);
        Assert.All(themes, theme => Assert.True(Contrast(theme[text], theme[ground]) >= 4.5, $"{theme[text]} on {theme[ground]}"));
    }

    private static string RenderWithMap()
    {
        ErrorMap map = new() { Height = 8, Width = 8, CellSize = 2, Depth = 4, Channels = [1, 0, 5, 0], Cells = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0] };
        RunReport run = SampleReports.Fail.Runs[0];
        return Render(SampleReports.Fail with { Runs = [run with { Layers = run.Layers.SetItem(0, run.Layers[0] with { Map = map }) }] });
    }

    /// <summary>Contrast ratio of WCAG 2.2.</summary>
    private static double Contrast(string first, string second)
    {
        double one = Luminance(first), two = Luminance(second);
        return (Math.Max(one, two) + 0.05) / (Math.Min(one, two) + 0.05);

        static double Luminance(string colour) => 0.2126 * Channel(colour, 0) + 0.7152 * Channel(colour, 2) + 0.0722 * Channel(colour, 4);

        static double Channel(string colour, int at)
        {
            double value = int.Parse(colour.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture) / 255.0;
            return value <= 0.04045 ? value / 12.92 : Math.Pow((value + 0.055) / 1.055, 2.4);
        }
    }

    private static string Render(VerificationReport report)
    {
        using MemoryStream stream = new();
        HtmlReport.Write(report, stream);
        return Encoding.UTF8.GetString(stream.ToArray());
    }

    [GeneratedRegex("<(/?)(!?[a-zA-Z][a-zA-Z0-9]*)(?:\"[^\"]*\"|[^<>\"])*>")]
    private static partial Regex Tag();

    [GeneratedRegex("<style>.*?</style>", RegexOptions.Singleline)]
    private static partial Regex StyleSheet();

    [GeneratedRegex(" href=\"([^\"]*)\"")]
    private static partial Regex Link();

    [GeneratedRegex(" id=\"([^\"]*)\"")]
    private static partial Regex Place();

    [GeneratedRegex(":root \\{[^}]*\\}")]
    private static partial Regex Theme();

    [GeneratedRegex("--([a-z-]+): #([0-9a-f]{6})")]
    private static partial Regex Colour();
}
