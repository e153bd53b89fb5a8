using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;

namespace Kafscale.Compatibility.Tests.Observability;

/// <summary>Serves one text to whoever scrapes it.</summary>
internal sealed class MetricsPage : IAsyncDisposable
{
    private readonly WebApplication _application;

    private MetricsPage(string text)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(options => options.Listen(IPAddress.Loopback, 0));
        _application = builder.Build();
        _application.Run(context =>
        {
            context.Response.ContentType = "text/plain; version=0.0.4";
            return context.Response.WriteAsync(text);
        });
    }

    /// <summary>Host and port.</summary>
    public string Address => new Uri(_application.Urls.Single()).Authority;

    public static async Task<MetricsPage> StartAsync(string text)
    {
        var page = new MetricsPage(text);
        await page._application.StartAsync();
        return page;
    }

    public ValueTask DisposeAsync() => _application.DisposeAsync();
}
