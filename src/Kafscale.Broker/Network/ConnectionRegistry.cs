using System.Collections.Concurrent;
using System.Net;

namespace Kafscale.Broker.Network;

/// <summary>All connections of a broker: counts them against the limits, and looks regularly for timeouts.</summary>
/// <remarks>One loop that looks at 10,000 connections each second costs far less than a timer for each of their waits.</remarks>
internal sealed class ConnectionRegistry : IAsyncDisposable
{
    private readonly NetworkLimits _limits;
    private readonly TimeProvider _timeProvider;
    private readonly ConcurrentDictionary<KafkaConnection, byte> _connections = new();
    private readonly Lock _lock = new();
    private readonly Dictionary<IPAddress, int> _countsByAddress = [];
    private readonly CancellationTokenSource _disposing = new();
    private readonly Task _scanning;
    private int _count;

    public ConnectionRegistry(NetworkLimits limits, TimeProvider timeProvider)
    {
        _limits = limits;
        _timeProvider = timeProvider;
        _scanning = ScanAsync(_disposing.Token);
    }

    /// <summary>The connections that were let in and have not left.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Counts a connection in. Who is let in leaves with <see cref="Leave"/>.</summary>
    /// <returns>Null, or why the connection is refused.</returns>
    public string? TryEnter(IPAddress address)
    {
        lock (_lock)
        {
            _countsByAddress.TryGetValue(address, out int countOfAddress);
            if (_count >= _limits.MaxConnections)
            {
                return $"the broker has its {_limits.MaxConnections} connections";
            }

            if (countOfAddress >= _limits.MaxConnectionsPerAddress)
            {
                return $"the address has its {_limits.MaxConnectionsPerAddress} connections";
            }

            _countsByAddress[address] = countOfAddress + 1;
            _count++;
            return null;
        }
    }

    public void Leave(IPAddress address)
    {
        lock (_lock)
        {
            _count--;
            int rest = _countsByAddress[address] - 1;
            if (rest > 0)
            {
                _countsByAddress[address] = rest;
            }
            else
            {
                _countsByAddress.Remove(address);
            }
        }
    }

    /// <summary>Has the timeouts of a connection looked after until <see cref="Unwatch"/>.</summary>
    public void Watch(KafkaConnection connection) => _connections.TryAdd(connection, 0);

    public void Unwatch(KafkaConnection connection) => _connections.TryRemove(connection, out _);

    public async ValueTask DisposeAsync()
    {
        await _disposing.CancelAsync();
        await _scanning;
        _disposing.Dispose();
    }

    private async Task ScanAsync(CancellationToken cancellationToken)
    {
        try
        {
            while (true)
            {
                await Task.Delay(_limits.TimeoutScanInterval, _timeProvider, cancellationToken);
                foreach (KeyValuePair<KafkaConnection, byte> entry in _connections)
                {
                    entry.Key.CheckTimeouts();
                }
            }
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // Disposed.
        }
    }
}
