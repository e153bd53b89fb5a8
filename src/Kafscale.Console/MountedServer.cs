using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http.Features.Authentication;

namespace Kafscale.Console;

/// <summary>The server of an application that listens to nothing itself: another server in the process hands it requests.</summary>
internal sealed class MountedServer : IServer
{
    private Func<IFeatureCollection, Task> _process = _ => throw new InvalidOperationException("The application has not been started.");

    public IFeatureCollection Features { get; } = new FeatureCollection();

    public Task StartAsync<TContext>(IHttpApplication<TContext> application, CancellationToken cancellationToken)
        where TContext : notnull
    {
        _process = async features =>
        {
            var context = application.CreateContext(features);
            try
            {
                await application.ProcessRequestAsync(context);
                application.DisposeContext(context, null);
            }
            catch (Exception e)
            {
                application.DisposeContext(context, e);
                throw;
            }
        };
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Answers a request of the other server, which has nothing to do with it any more.</summary>
    public Task ProcessAsync(HttpContext context)
    {
        // What the other application has found out about the request holds for its own routes and services.
        context.Features.Set<IServiceProvidersFeature>(null);
        context.Features.Set<IEndpointFeature>(null);
        context.Features.Set<IRouteValuesFeature>(null);
        context.Features.Set<IHttpAuthenticationFeature>(null);
        return _process(new FeatureCollection(context.Features));
    }

    public void Dispose()
    {
    }
}
