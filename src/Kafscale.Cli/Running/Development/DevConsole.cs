using System.Net;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Commands;
using Kafscale.Cli.Configuration;
using Kafscale.Clients;
using Kafscale.Console;
using Kafscale.Console.Security;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Development;

/// <summary>
/// The console of <c>kafscale dev</c>, at the address of the broker's HTTP endpoints. It begins with the first request that is for it, so that a
/// broker that nobody looks at starts no later and needs no more memory.
/// </summary>
/// <param name="kafka">Where the broker listens.</param>
/// <param name="http">Where it is served.</param>
/// <param name="surroundings">What the command finds around it.</param>
/// <param name="loggerFactory">Takes what happens.</param>
internal sealed class DevConsole(ListenAddress kafka, ListenAddress http, Surroundings surroundings, ILoggerFactory loggerFactory) : IAsyncDisposable
{
    private readonly CancellationTokenSource _disposing = new();
    private readonly Lock _lock = new();
    private readonly SignInLinks _links = new();
    private Task<ConsoleServer>? _server;

    /// <summary>Where it is, and how to get in.</summary>
    public string Announcement => Announce(http, _links, surroundings);

    /// <summary>Says where a console is, and how to get in: by a link on this machine, and by a password from others.</summary>
    public static string Announce(ListenAddress http, SignInLinks links, Surroundings surroundings)
    {
        if (http.Host == "localhost" || (IPAddress.TryParse(http.Host, out var address) && IPAddress.IsLoopback(address)))
        {
            return $"Console: {links.Create($"http://{http}")}";
        }

        var isSet = surroundings.Variables.GetValueOrDefault(ConsoleSettings.Password, "").Length > 0;
        return $"Console: http://{http} (sign in as {ConsoleSettings.UserName} with {ConsoleSettings.Password}, which is {(isSet ? "set" : "not set: nobody can")})";
    }

    /// <summary>Where an address that is listened on is reached on this machine.</summary>
    public static ListenAddress Reachable(ListenAddress address) => address.IsAnyInterface ? address with { Host = "127.0.0.1" } : address;

    /// <summary>Answers a request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        ConsoleServer server;
        try
        {
            server = await StartOnceAsync();
        }
        catch (Exception e) when (e is CommandFailedException or IOException or OperationCanceledException)
        {
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync($"The console could not start: {e.Message}\n", context.RequestAborted);
            return;
        }

        await server.HandleAsync(context);
    }

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        Task<ConsoleServer>? server;
        lock (_lock)
        {
            server = _server;
        }

        if (server is not null && await Task.WhenAny(server) == server && server.IsCompletedSuccessfully)
        {
            await (await server).DisposeAsync();
        }

        _disposing.Dispose();
    }

    private Task<ConsoleServer> StartOnceAsync()
    {
        lock (_lock)
        {
            return _server is null or { IsFaulted: true } ? _server = StartAsync() : _server;
        }
    }

    private async Task<ConsoleServer> StartAsync()
    {
        var options = new ConsoleOptions
        {
            Cluster = ClientSettings.Combine([[KeyValuePair.Create(ClientProperties.BootstrapServers, Reachable(kafka).ToString())]]),
            BrokerHttpAddresses = [$"http://{Reachable(http)}"],
        };
        return await ConsoleServer.MountAsync(ConsoleSettings.WithAccess(options, surroundings.Variables), _links, loggerFactory, surroundings.TimeProvider, _disposing.Token);
    }
}
