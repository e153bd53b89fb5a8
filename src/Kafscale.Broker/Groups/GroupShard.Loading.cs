using Google.Protobuf;
using Kafscale.Metadata;
using Kafscale.Metadata.Cluster;

namespace Kafscale.Broker.Groups;

/// <content>Taking over what an earlier coordinator has left.</content>
internal sealed partial class GroupShard
{
    private const int PageKeys = 1_000;

    /// <summary>Reads all groups and begins to serve them. The session must already be the only one that may write them.</summary>
    /// <param name="cancellationToken">Gives up; until then reading is repeated.</param>
    public async Task LoadAsync(CancellationToken cancellationToken)
    {
        for (var attempt = 0; ; attempt++)
        {
            try
            {
                _groups.Clear();
                await LoadGroupsAsync(cancellationToken);
                break;
            }
            catch (Exception exception) when (exception is MetadataUnavailableException or RevisionCompactedException)
            {
                LogLoadFailed(exception, attempt);
                await _backoff.WaitAsync(attempt, cancellationToken);
            }
        }

        foreach (var group in _groups.Values)
        {
            lock (group.Lock)
            {
                Settle(group);
            }
        }

        LogLoaded(_groups.Count, _groups.Values.Sum(group => group.Offsets.Count));
        _watchingWriter = KillGroupsWithWriterAsync();
        _checkingRetention = CheckRetentionAsync();
    }

    private async Task LoadGroupsAsync(CancellationToken cancellationToken)
    {
        var writer = await _store.RangeAsync(KeyRange.Key(_keys.Writer), limit: 0, revision: 0, cancellationToken);
        await foreach (var entry in ReadAsync(_keys.Groups, writer.Revision, cancellationToken))
        {
            LoadGroup(entry);
        }

        await foreach (var entry in ReadAsync(_keys.Offsets, writer.Revision, cancellationToken))
        {
            LoadOffset(entry);
        }

        _writer.Start(writer.Entries.Count > 0 ? writer.Entries[0].ModRevision : 0);
    }

    private async IAsyncEnumerable<MetadataEntry> ReadAsync(
        string prefix, long revision, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var range = KeyRange.Prefix(prefix);
        while (true)
        {
            var page = await _store.RangeAsync(range, PageKeys, revision, cancellationToken);
            foreach (var entry in page.Entries)
            {
                yield return entry;
            }

            if (!page.More)
            {
                yield break;
            }

            range = range with { Start = page.Entries[^1].Key + "\0" };
        }
    }

    private void LoadGroup(MetadataEntry entry)
    {
        try
        {
            var record = GroupRecord.Parser.ParseFrom(entry.Value.Span);
            if (!_keys.TryEncode(record.GroupId, out var encodedId) || _keys.Group(encodedId) != entry.Key)
            {
                LogUnreadable(null, entry.Key);
                return;
            }

            var membership = ClassicGroup.Load(record, _options, _clock, _logger);
            _groups[record.GroupId] = new Group(record.GroupId, encodedId, membership) { HasRecord = true };
        }
        catch (InvalidProtocolBufferException exception)
        {
            LogUnreadable(exception, entry.Key);
        }
    }

    private void LoadOffset(MetadataEntry entry)
    {
        if (!_keys.TryParseOffset(entry.Key, out var groupId, out var topicId, out var partition)
            || !_keys.TryEncode(groupId, out var encodedId))
        {
            LogUnreadable(null, entry.Key);
            return;
        }

        try
        {
            var offset = CommittedOffset.FromRecord(CommittedOffsetRecord.Parser.ParseFrom(entry.Value.Span));
            var group = _groups.GetOrAdd(groupId, _ => new Group(groupId, encodedId, new ClassicGroup(groupId, _options, _clock, _logger)));
            group.Offsets[new OffsetKey(topicId, partition)] = offset;
        }
        catch (InvalidProtocolBufferException exception)
        {
            LogUnreadable(exception, entry.Key);
        }
    }
}
