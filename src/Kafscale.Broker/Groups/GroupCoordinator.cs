using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;
using Kafscale.Protocol;
using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Groups;

/// <summary>
/// Finds the groups that this broker coordinates. For now that is all groups of the cluster or none: whoever leads them
/// loads them under its session, and lets go of them at its end.
/// </summary>
internal sealed class GroupCoordinator(
    IMetadataStore store,
    MetadataKeys metadataKeys,
    GroupOptions options,
    ITopicDirectory topics,
    TimeProvider timeProvider,
    Random random,
    ILogger<GroupCoordinator> logger) : IAsyncDisposable
{
    private readonly GroupKeys _keys = new(metadataKeys);
    private readonly Lock _lock = new();
    private Leadership? _leadership;

    public GroupOptions Options => options;

    /// <summary>Makes ids for members that come without one.</summary>
    public MemberIds MemberIds { get; } = new(new Random(random.Next()));

    /// <summary>Takes the groups over: reads them, and serves them once they are read. Requests are told to wait until then.</summary>
    /// <param name="session">Whose fence every write carries.</param>
    /// <param name="cancellationToken">Gives up; the groups are not served then.</param>
    /// <exception cref="InvalidOperationException">They are served or being read already.</exception>
    public async Task LoadAsync(BrokerSession session, CancellationToken cancellationToken)
    {
        GroupShard shard;
        Leadership leadership;
        lock (_lock)
        {
            if (_leadership is not null)
            {
                throw new InvalidOperationException("The groups are coordinated here already; let go of them first.");
            }

            // A Random of its own for each: they are not made for several threads.
            shard = new GroupShard(store, session, _keys, options, topics, timeProvider, new Random(random.Next()), logger);
            _leadership = leadership = new Leadership(session, shard);
        }

        try
        {
            await shard.LoadAsync(cancellationToken);
            leadership.IsLoaded = true;
        }
        catch
        {
            lock (_lock)
            {
                _leadership = null;
            }

            await shard.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Lets go of the groups; does nothing where they are not coordinated here. What was begun is stored first, as long
    /// as the session lives.
    /// </summary>
    /// <param name="cancellationToken">Gives up what is not stored yet; those who wait for it are told NOT_COORDINATOR.</param>
    public async Task UnloadAsync(CancellationToken cancellationToken)
    {
        Leadership? leadership;
        lock (_lock)
        {
            leadership = _leadership;
            _leadership = null;
        }

        if (leadership is not null)
        {
            await leadership.Shard.UnloadAsync(cancellationToken);
            await leadership.Shard.DisposeAsync();
        }
    }

    /// <summary>Finds the groups to serve a request from.</summary>
    /// <returns>None, or the error that the request is answered with.</returns>
    public ErrorCode FindShard(out GroupShard? shard)
    {
        Leadership? leadership;
        lock (_lock)
        {
            leadership = _leadership;
        }

        shard = leadership?.Shard;
        return leadership switch
        {
            null => ErrorCode.NotCoordinator,
            { Session.IsAlive: false } => ErrorCode.NotCoordinator,
            { IsLoaded: false } => ErrorCode.CoordinatorLoadInProgress,
            _ => ErrorCode.None,
        };
    }

    /// <summary>Finds the shard of one group.</summary>
    /// <returns>None, or the error that the request is answered with; INVALID_GROUP_ID where the id is too long to be stored.</returns>
    public ErrorCode FindShard(string groupId, out GroupShard? shard)
    {
        var error = FindShard(out shard);
        return error == ErrorCode.None && !_keys.TryEncode(groupId, out _) ? ErrorCode.InvalidGroupId : error;
    }

    /// <summary>Topics were deleted: the offsets that were committed for them go.</summary>
    public void RemoveTopics(IReadOnlySet<Guid> topicIds)
    {
        if (FindShard(out var shard) == ErrorCode.None)
        {
            shard!.RemoveTopics(topicIds);
        }
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => new(UnloadAsync(new CancellationToken(canceled: true)));

    private sealed class Leadership(BrokerSession session, GroupShard shard)
    {
        private volatile bool _isLoaded;

        public BrokerSession Session => session;

        public GroupShard Shard => shard;

        public bool IsLoaded
        {
            get => _isLoaded;
            set => _isLoaded = value;
        }
    }
}
