namespace Kafscale.Metadata.Etcd;

/// <summary>
/// The members of etcd, one of which is used at a time. Whoever finds that it does not answer leaves it, and the next one
/// is used, in turn; so one that was left is tried again when all others have been.
/// </summary>
internal sealed class EtcdEndpoints : IDisposable
{
    private readonly Lock _lock = new();
    private readonly EtcdEndpoint[] _endpoints;
    private int _index;
    private EtcdStay _current;

    /// <param name="options">Where they are.</param>
    /// <param name="timeProvider">What timeouts are measured with.</param>
    /// <param name="random">Which is used first, so that many brokers do not all use the same.</param>
    public EtcdEndpoints(EtcdOptions options, TimeProvider timeProvider, Random random)
    {
        var tls = EtcdTls.Read(options);
        _endpoints = [.. options.Endpoints.Select(address => new EtcdEndpoint(address, options, tls, timeProvider))];
        _index = random.Next(_endpoints.Length);
        _current = new(_endpoints[_index], new());
    }

    public int Count => _endpoints.Length;

    public EtcdStay Current
    {
        get
        {
            lock (_lock)
            {
                return _current;
            }
        }
    }

    /// <summary>Uses the next endpoint from now on, unless somebody else saw to that before. An only endpoint stays.</summary>
    public void Leave(EtcdStay stay)
    {
        lock (_lock)
        {
            if (_current != stay || _endpoints.Length == 1)
            {
                return;
            }

            _index = (_index + 1) % _endpoints.Length;
            _current = new(_endpoints[_index], new());
        }

        stay.End();
    }

    public void Dispose()
    {
        foreach (var endpoint in _endpoints)
        {
            endpoint.Dispose();
        }
    }
}
