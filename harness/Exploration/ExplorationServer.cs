using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using OffByN.Model;

namespace OffByN.Harness.Exploration;

/// <summary>
/// The views as web pages of this machine alone: the server listens on the loopback address, every path begins with a random token, and a request must name that
/// address as its host, so that neither other users nor pages of other sites reach it. Nothing is loaded from anywhere, and no script runs.
/// </summary>
public sealed class ExplorationServer : IAsyncDisposable
{
    private readonly WebApplication application;

    private ExplorationServer(WebApplication application, Uri address) => (this.application, Address) = (application, address);

    /// <summary>The first page, with the token.</summary>
    public Uri Address { get; }

    /// <param name="exploration">What is shown.</param>
    /// <param name="port">0 for any that is free.</param>
    /// <param name="cancel">Ends the start.</param>
    /// <exception cref="UserErrorException">The port cannot be had.</exception>
    public static async Task<ExplorationServer> StartAsync(Exploration exploration, int port, CancellationToken cancel)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options =>
        {
            options.AddServerHeader = false;
            options.Listen(IPAddress.Loopback, port);
        });
        WebApplication application = builder.Build();
        string token = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(16));
        ExplorationPages pages = new(exploration, $"/{token}");
        SemaphoreSlim one = new(1);
        application.Run(async context =>
        {
            await one.WaitAsync(context.RequestAborted).ConfigureAwait(false);
            try
            {
                await RespondAsync(context, pages, token).ConfigureAwait(false);
            }
            finally
            {
                one.Release();
            }
        });
        try
        {
            await application.StartAsync(cancel).ConfigureAwait(false);
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            await application.DisposeAsync().ConfigureAwait(false);
            throw new UserErrorException($"port {port} of this machine cannot be used: {e.Message} Choose another with --port.", e);
        }
        return new(application, new Uri(new Uri(application.Urls.First()), $"/{token}/"));
    }

    public ValueTask DisposeAsync() => application.DisposeAsync();

    private static async Task RespondAsync(HttpContext context, ExplorationPages pages, string token)
    {
        (HttpRequest request, HttpResponse response) = (context.Request, context.Response);
        string[] path = (request.Path.Value ?? "").Split('/', StringSplitOptions.RemoveEmptyEntries);
        bool isKnown = path.Length > 0 && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(path[0]), Encoding.UTF8.GetBytes(token))
            && request.Host.Host is "127.0.0.1" or "localhost" && request.Host.Port == context.Connection.LocalPort;
        (int status, string body) = !isKnown || !HttpMethods.IsGet(request.Method) ? (StatusCodes.Status404NotFound, "not found")
            : pages.Of(path[1..], request.Query["if"].ToString(), request.Query["at"].ToString());
        response.StatusCode = status;
        response.ContentType = isKnown ? "text/html; charset=utf-8" : "text/plain; charset=utf-8";
        response.Headers.ContentSecurityPolicy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";
        response.Headers.XContentTypeOptions = "nosniff";
        response.Headers.CacheControl = "no-store";
        response.Headers["Referrer-Policy"] = "no-referrer";
        response.Headers["Cross-Origin-Resource-Policy"] = "same-origin";
        await response.WriteAsync(body, context.RequestAborted).ConfigureAwait(false);
    }
}
