using Microsoft.Playwright;
using OffByN.Harness;
using OffByN.Harness.Comparison;
using OffByN.Harness.Reporting;
using Xunit;

namespace OffByN.Tests.Reporting;

/// <summary>The HTML report in a real browser, as a person uses it.</summary>
public sealed class HtmlPageTests : IAsyncLifetime, IDisposable
{
    private readonly TemporaryFolder temporary = new();
    private readonly List<string> surprises = [];
    private IPlaywright? playwright;
    private IBrowser? browser;

    public Task InitializeAsync() => Task.CompletedTask;

    public async Task DisposeAsync()
    {
        if (browser is not null)
            await browser.DisposeAsync();
    }

    public void Dispose()
    {
        playwright?.Dispose();
        temporary.Dispose();
    }

    [SkippableFact]
    public async Task A_box_of_the_graph_leads_to_its_layer_which_opens_with_its_error_map()
    {
        IPage page = await OpenAsync(WithMaps(SampleReports.Fail), new());
        Assert.Equal(1, await page.Locator("details[open]").CountAsync());
        Assert.False(await page.Locator("#layer-1").IsVisibleAsync());

        await page.Locator(".strip a").Nth(1).ClickAsync();

        Assert.True(await page.Locator("#layer-1").IsVisibleAsync());
        Assert.True(await page.Locator("#layer-1 .worst").First.IsVisibleAsync());
        Assert.True(await page.Locator("#layer-1 svg.map").First.IsVisibleAsync());
        Assert.Contains("by channel", await page.Locator("#layer-1 figcaption").First.InnerTextAsync(), StringComparison.OrdinalIgnoreCase);
        Assert.True(await page.Locator("#layer-1 .histogram .bar").First.IsVisibleAsync());

        // The table leads there too.
        await page.Locator("table.layers tbody a").First.ClickAsync();
        Assert.EndsWith("#layer-0", page.Url, StringComparison.Ordinal);
        Assert.Empty(surprises);
    }

    [SkippableFact]
    public async Task The_page_works_by_keyboard_alone_and_shows_where_the_focus_is()
    {
        IPage page = await OpenAsync(WithMaps(SampleReports.Fail), new());
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("operator 0 CONV_2D: DIVERGES", await FocusedAsync(page, "element.getAttribute('aria-label')"));
        Assert.Equal("3px", await FocusedAsync(page, "getComputedStyle(element).outlineWidth"));

        await page.Keyboard.PressAsync("Tab");
        await page.Keyboard.PressAsync("Enter");
        Assert.True(await page.Locator("#layer-1").IsVisibleAsync());

        // From there the next stop is the summary of the layer after it.
        await page.Keyboard.PressAsync("Tab");
        Assert.Equal("SUMMARY", await FocusedAsync(page, "element.tagName"));
        int open = await page.Locator("details[open]").CountAsync();
        await page.Keyboard.PressAsync("Space");
        Assert.Equal(open + 1, await page.Locator("details[open]").CountAsync());
        Assert.Empty(surprises);
    }

    [SkippableFact]
    public async Task Markup_in_names_is_text_on_the_page_and_does_nothing()
    {
        IPage page = await OpenAsync(SampleReports.HostileNames, new());
        await OpenAllAsync(page);
        Assert.Equal(0, await page.Locator("script, img, iframe, object, embed, form").CountAsync());
        Assert.Contains("<script>alert(1)</script>", await page.Locator("main").InnerTextAsync(), StringComparison.Ordinal);
        Assert.All(await page.Locator("a").AllAsync(), link => Assert.StartsWith("#", link.GetAttributeAsync("href").Result, StringComparison.Ordinal));
        Assert.Empty(surprises);
    }

    [SkippableTheory]
    [InlineData(390, ColorScheme.Light)]
    [InlineData(390, ColorScheme.Dark)]
    [InlineData(1280, ColorScheme.Light)]
    [InlineData(1280, ColorScheme.Dark)]
    public async Task A_page_fits_the_screen_of_a_phone_and_of_a_desk_in_light_and_dark(int width, ColorScheme scheme)
    {
        foreach (VerificationReport report in (VerificationReport[])[WithMaps(SampleReports.Long), SampleReports.HostileNames, SampleReports.Flavours])
        {
            IPage page = await OpenAsync(report, new() { ViewportSize = new() { Width = width, Height = 844 }, ColorScheme = scheme });
            await OpenAllAsync(page);
            Assert.Equal(width, await page.EvaluateAsync<int>("document.documentElement.scrollWidth"));
            int[] ground = await page.EvaluateAsync<int[]>("getComputedStyle(document.body).backgroundColor.match(/\\d+/g).map(Number)");
            Assert.Equal(scheme == ColorScheme.Dark, ground.Take(3).Average() < 128);
        }
        Assert.Empty(surprises);
    }

    private async Task<IPage> OpenAsync(VerificationReport report, BrowserNewPageOptions options)
    {
        string executable = Requirement.Chromium();
        playwright ??= await Playwright.CreateAsync();
        browser ??= await playwright.Chromium.LaunchAsync(new() { ExecutablePath = executable, Args = ["--no-sandbox"] });
        string path = temporary.File($"{Guid.NewGuid():N}.html");
        using (FileStream file = File.Create(path))
            HtmlReport.Write(report, file);
        IPage page = await browser.NewPageAsync(options);
        page.Console += (_, message) => surprises.Add(message.Text);
        page.PageError += (_, error) => surprises.Add(error);
        page.Dialog += (_, dialog) => surprises.Add(dialog.Message);
        page.Request += (_, request) => surprises.AddRange(request.Url.StartsWith("data:", StringComparison.Ordinal) || request.Url == new Uri(path).AbsoluteUri ? [] : [request.Url]);
        await page.GotoAsync(new Uri(path).AbsoluteUri);
        return page;
    }

    private static async Task OpenAllAsync(IPage page)
    {
        ILocator closed = page.Locator("details:not([open]) > summary");
        while (await closed.CountAsync() > 0)
            await closed.First.ClickAsync();
    }

    private static Task<string> FocusedAsync(IPage page, string expression) =>
        page.EvaluateAsync<string>($"(() => {{ const element = document.activeElement; return {expression}; }})()");

    private static VerificationReport WithMaps(VerificationReport report)
    {
        ErrorMap map = new() { Height = 8, Width = 8, CellSize = 2, Depth = 4, Channels = [1, 0, 5, 0], Cells = [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 0] };
        return report with { Runs = [.. report.Runs.Select(run => run with { Layers = [.. run.Layers.Select(layer => layer with { Map = map })] })] };
    }
}
