using System.Net;
using OffByN.Harness.Exploration;
using Xunit;

namespace OffByN.Tests.Exploration;

public sealed class ExplorationServerTests : IAsyncLifetime, IDisposable
{
    private readonly HttpClient browser = new();
    private ExplorationServer? server;

    public async Task InitializeAsync() => server = await ExplorationServer.StartAsync(await ExplorationPromptTests.ExploreAsync(), 0, CancellationToken.None);

    [Theory]
    [InlineData("", "frontier:")]
    [InlineData("layers", "DIVERGES")]
    [InlineData("layer/0", "by position:")]
    [InlineData("layer/0?if=plain-shift", "what if plain-shift:")]
    [InlineData("layer/0/element", "high multiply")]
    [InlineData("layer/0/element?at=0,1,1,1&if=shift%20%3D%203", "what if shift = 3:")]
    public async Task Every_view_is_a_page_that_loads_nothing(string page, string expected)
    {
        using HttpResponseMessage response = await browser.GetAsync(new Uri(server!.Address, page));
        string text = await response.Content.ReadAsStringAsync();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Contains(expected, text, StringComparison.Ordinal);
        Assert.DoesNotContain("<script", text, StringComparison.Ordinal);
        Assert.Contains("default-src 'none'", response.Headers.GetValues("Content-Security-Policy").Single(), StringComparison.Ordinal);
        Assert.Equal("no-referrer", response.Headers.GetValues("Referrer-Policy").Single());
    }

    [Theory]
    [InlineData("layer/0?if=%3Cscript%3E", HttpStatusCode.BadRequest)]
    [InlineData("layer/0/element?at=9,9,9,9", HttpStatusCode.BadRequest)]
    [InlineData("layer/99", HttpStatusCode.NotFound)]
    [InlineData("layer/-1", HttpStatusCode.NotFound)]
    [InlineData("../../etc/passwd", HttpStatusCode.NotFound)]
    public async Task What_cannot_be_shown_is_said_without_its_markup(string page, HttpStatusCode status)
    {
        using HttpResponseMessage response = await browser.GetAsync(new Uri(server!.Address, page));
        Assert.Equal(status, response.StatusCode);
        Assert.DoesNotContain("<script", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_the_token_there_is_nothing()
    {
        foreach (string path in new[] { "/", "/layers", $"/{new string('0', 32)}/", server!.Address.AbsolutePath[..^2] + "/" })
        {
            using HttpResponseMessage response = await browser.GetAsync(new Uri(server.Address, path));
            Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
            Assert.DoesNotContain("frontier", await response.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        }
    }

    /// <summary>A page of another site whose name was made to lead to this machine sends its own name.</summary>
    [Fact]
    public async Task Under_another_host_s_name_there_is_nothing()
    {
        using HttpRequestMessage request = new(HttpMethod.Get, server!.Address);
        request.Headers.Host = $"attacker.example:{server.Address.Port}";
        using HttpResponseMessage response = await browser.SendAsync(request);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public async Task Nothing_can_be_sent_to_it()
    {
        using HttpResponseMessage response = await browser.PostAsync(server!.Address, null);
        Assert.Equal(HttpStatusCode.NotFound, response.StatusCode);
    }

    [Fact]
    public void It_listens_on_this_machine_alone() => Assert.Equal("127.0.0.1", server!.Address.Host);

    public async Task DisposeAsync() => await server!.DisposeAsync();

    public void Dispose() => browser.Dispose();
}
