using Google.Protobuf;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>
/// Makes batches of whole revisions from the responses of one watch, which etcd may send in fragments, and leaves out what
/// was delivered before or is not under the prefix.
/// </summary>
/// <param name="prefix">What the keys of interest begin with.</param>
/// <param name="fromRevision">The first revision of interest.</param>
internal sealed class WatchAssembler(string prefix, long fromRevision)
{
    private readonly ByteString _prefix = ByteString.CopyFromUtf8(prefix);
    private List<MetadataChange> _changes = [];
    private long _nextRevision = fromRevision;
    private long _newestRevision;

    /// <summary>Takes a response with events.</summary>
    /// <returns>The revisions that are complete with it; null where none is.</returns>
    public WatchBatch? Add(WatchResponse response)
    {
        foreach (var change in response.Events)
        {
            var keyValue = change.Kv;
            if (keyValue.ModRevision < _nextRevision)
            {
                continue;
            }

            _newestRevision = keyValue.ModRevision;
            if (keyValue.Key.Span.StartsWith(_prefix.Span))
            {
                var entry = EtcdMessages.ToEntry(keyValue);
                _changes.Add(new(entry.Key, entry.ModRevision, change.Type == Event.Types.EventType.Put ? entry : null));
            }
        }

        // The last revision of a fragment may go on in the next one.
        return Complete(response.Fragment ? _newestRevision - 1 : _newestRevision);
    }

    /// <summary>Takes the news that everything up to a revision has been sent.</summary>
    /// <returns>What was not known before; null where all was.</returns>
    public WatchBatch? Progress(long revision) => Complete(revision);

    private WatchBatch? Complete(long revision)
    {
        if (revision < _nextRevision)
        {
            return null;
        }

        var complete = _changes;
        var rest = complete.FindIndex(change => change.Revision > revision);
        if (rest >= 0)
        {
            _changes = complete[rest..];
            complete.RemoveRange(rest, complete.Count - rest);
        }
        else
        {
            _changes = [];
        }

        _nextRevision = revision + 1;
        return new(revision, complete);
    }
}
