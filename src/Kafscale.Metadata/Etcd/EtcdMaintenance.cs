using Grpc.Core;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>What whoever runs etcd asks of one member: how it does, a snapshot, a defragmentation, who the members are to be.</summary>
/// <remarks>Nothing is tried again here. Each request has a time limit, a snapshot none but that it must go on.</remarks>
public sealed class EtcdMaintenance : IDisposable
{
    private static readonly TimeSpan DefragmentTimeout = TimeSpan.FromMinutes(2);

    private readonly EtcdEndpoint _member;
    private readonly EtcdAuthentication _authentication;
    private readonly TimeSpan _timeout;
    private readonly TimeProvider _timeProvider;

    /// <summary>Makes a connection; nothing is sent yet.</summary>
    /// <param name="options">How etcd is reached; the first endpoint is the member.</param>
    /// <param name="timeProvider">What timeouts are measured with.</param>
    /// <exception cref="EtcdStartException">A file with a certificate cannot be used.</exception>
    public EtcdMaintenance(EtcdOptions options, TimeProvider timeProvider)
    {
        _member = new EtcdEndpoint(options.Endpoints[0], options, EtcdTls.Read(options), timeProvider);
        _authentication = new EtcdAuthentication(options, timeProvider);
        _timeout = options.RequestTimeout;
        _timeProvider = timeProvider;
    }

    /// <summary>How the member does.</summary>
    /// <exception cref="MetadataUnavailableException">It does not say.</exception>
    public async Task<EtcdMemberStatus> GetStatusAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(_timeout, options => _member.Maintenance.StatusAsync(new(), options).ResponseAsync, cancellationToken);
        return new(answer.Header.MemberId, answer.Leader, answer.Version, answer.DbSize, answer.DbSizeInUse);
    }

    /// <summary>Has the member give back what its file has and does not use. It answers nobody meanwhile.</summary>
    /// <exception cref="MetadataUnavailableException">It has not done so, as far as is known.</exception>
    public Task DefragmentAsync(CancellationToken cancellationToken) =>
        AskAsync(DefragmentTimeout, options => _member.Maintenance.DefragmentAsync(new(), options).ResponseAsync, cancellationToken);

    /// <summary>Ends the alarms of full databases on all members, so that they take writes again; where one is full still, it raises its alarm anew.</summary>
    /// <returns>How many there were.</returns>
    /// <exception cref="MetadataUnavailableException">It does not answer.</exception>
    public async Task<int> DisarmFullAlarmsAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(_timeout, options => _member.Maintenance.AlarmAsync(new() { Action = AlarmRequest.Types.AlarmAction.Get }, options).ResponseAsync, cancellationToken);
        var full = answer.Alarms.Where(alarm => alarm.Alarm == AlarmType.Nospace).ToList();
        foreach (var alarm in full)
        {
            var request = new AlarmRequest { Action = AlarmRequest.Types.AlarmAction.Deactivate, MemberID = alarm.MemberID, Alarm = alarm.Alarm };
            await AskAsync(_timeout, options => _member.Maintenance.AlarmAsync(request, options).ResponseAsync, cancellationToken);
        }

        return full.Count;
    }

    /// <summary>All members, as a quorum of them knows it.</summary>
    /// <exception cref="MetadataUnavailableException">It does not say.</exception>
    public async Task<IReadOnlyList<EtcdClusterMember>> ListMembersAsync(CancellationToken cancellationToken)
    {
        var answer = await AskAsync(
            _timeout, options => _member.Cluster.MemberListAsync(new() { Linearizable = true }, options).ResponseAsync, cancellationToken);
        return [.. answer.Members.Select(member => new EtcdClusterMember(member.ID, member.Name, [.. member.PeerURLs], member.ClientURLs.Count > 0))];
    }

    /// <summary>Takes a member away for good; one that is not listed counts as taken away.</summary>
    /// <param name="id">Its id.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="MetadataUnavailableException">It has not been done, as far as is known; etcd refuses it where the others would be too few.</exception>
    public async Task RemoveMemberAsync(ulong id, CancellationToken cancellationToken)
    {
        try
        {
            await AskAsync(_timeout, options => _member.Cluster.MemberRemoveAsync(new() { ID = id }, options).ResponseAsync, cancellationToken);
        }
        catch (MetadataUnavailableException e) when (e.InnerException is RpcException { StatusCode: StatusCode.NotFound })
        {
            // It is gone, which is what was asked for.
        }
    }

    /// <summary>Adds a member, which gets an id of its own and is to start then.</summary>
    /// <param name="peerAddress">Where the others will reach it.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>Its id.</returns>
    /// <exception cref="MetadataUnavailableException">It has not been done, as far as is known; etcd refuses it where a member has the address already.</exception>
    public async Task<ulong> AddMemberAsync(string peerAddress, CancellationToken cancellationToken)
    {
        var request = new MemberAddRequest { PeerURLs = { peerAddress } };
        var answer = await AskAsync(_timeout, options => _member.Cluster.MemberAddAsync(request, options).ResponseAsync, cancellationToken);
        return answer.Member.ID;
    }

    /// <summary>Writes a snapshot as <c>etcdctl snapshot save</c> does: the database, and its SHA-256 behind it.</summary>
    /// <exception cref="MetadataUnavailableException">It broke off.</exception>
    public async Task SaveSnapshotAsync(Stream destination, CancellationToken cancellationToken)
    {
        try
        {
            using var call = _member.Maintenance.Snapshot(new(), new CallOptions(await _authentication.HeadersAsync(_member, cancellationToken), cancellationToken: cancellationToken));
            var remaining = ulong.MaxValue;
            while (true)
            {
                using var patience = new EtcdDeadline(_timeout, _timeProvider, cancellationToken);
                if (!await call.ResponseStream.MoveNext(patience.Token))
                {
                    break;
                }

                var part = call.ResponseStream.Current;
                await destination.WriteAsync(part.Blob.Memory, cancellationToken);
                remaining = part.RemainingBytes;
            }

            if (remaining != 0)
            {
                throw new MetadataUnavailableException($"etcd at {_member.Address} ended a snapshot before it was complete.");
            }
        }
        catch (Exception e) when (IsUnanswered(e, cancellationToken))
        {
            throw new MetadataUnavailableException($"etcd at {_member.Address} does not give a snapshot: {e.Message}", e);
        }
    }

    /// <summary>Closes the connection.</summary>
    public void Dispose() => _member.Dispose();

    private async Task<T> AskAsync<T>(TimeSpan timeout, Func<CallOptions, Task<T>> ask, CancellationToken cancellationToken)
    {
        using var deadline = new EtcdDeadline(timeout, _timeProvider, cancellationToken);
        try
        {
            return await ask(new CallOptions(await _authentication.HeadersAsync(_member, deadline.Token), cancellationToken: deadline.Token));
        }
        catch (Exception e) when (IsUnanswered(e, cancellationToken))
        {
            throw new MetadataUnavailableException($"etcd at {_member.Address} does not answer: {(e as RpcException)?.Status.Detail ?? e.Message}", e);
        }
    }

    private static bool IsUnanswered(Exception exception, CancellationToken cancellationToken) =>
        exception is RpcException || (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested);
}
