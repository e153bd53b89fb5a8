namespace Kafscale.Testing.Rados;

/// <summary>The one gateway of a test assembly, which the first test that asks for it starts. Each test class takes buckets of its own.</summary>
public sealed class SharedRadosGateway : IAsyncDisposable
{
    private readonly Lazy<Task<RadosGateway>> _gateway = new(() => RadosGateway.StartAsync());

    /// <summary>The running gateway.</summary>
    public Task<RadosGateway> GetAsync() => _gateway.Value;

    /// <summary>Ends it where it has been started.</summary>
    public async ValueTask DisposeAsync()
    {
        if (_gateway.IsValueCreated)
        {
            await (await _gateway.Value).DisposeAsync();
        }
    }
}
