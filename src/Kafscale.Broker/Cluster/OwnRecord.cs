using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Cluster;

/// <summary>What this broker tells the others of itself, from session to session.</summary>
internal sealed class OwnRecord(SessionRecord record) : IDisposable
{
    private readonly SemaphoreSlim _changing = new(1);
    private SessionRecord _value = record;
    private BrokerSession? _session;

    /// <summary>The newest, which others may not have been told of yet; never changed, but replaced.</summary>
    public SessionRecord Value => Volatile.Read(ref _value);

    /// <summary>Changes it. Where there is no session, the next one is registered with it.</summary>
    /// <exception cref="SessionLostException">The session has ended; the next one is registered with it.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public async Task ChangeAsync(Action<SessionRecord> change, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            var changed = new SessionRecord(_value);
            change(changed);
            Volatile.Write(ref _value, changed);
            if (Volatile.Read(ref _session) is { } session)
            {
                await session.UpdateRecordAsync(changed, cancellationToken);
            }
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>From now on others are told in a session; at once, where something has changed since it was registered.</summary>
    /// <exception cref="SessionLostException">The session has ended.</exception>
    /// <exception cref="MetadataUnavailableException">Others may or may not have been told.</exception>
    public async Task BeginAsync(BrokerSession session, SessionRecord registered, CancellationToken cancellationToken)
    {
        await _changing.WaitAsync(cancellationToken);
        try
        {
            if (!ReferenceEquals(_value, registered))
            {
                await session.UpdateRecordAsync(_value, cancellationToken);
            }

            Volatile.Write(ref _session, session);
        }
        finally
        {
            _changing.Release();
        }
    }

    /// <summary>The session has ended, or is being ended: others are told in the next one.</summary>
    public void End() => Volatile.Write(ref _session, null);

    public void Dispose() => _changing.Dispose();
}
