using Kafscale.Metadata.Cluster;

namespace Kafscale.Metadata.Tests.Cluster;

/// <summary>Keeps what a follower tells, and fails where a change comes twice or out of order.</summary>
internal sealed class RecordingListener : IMetadataListener
{
    private readonly Dictionary<string, long> _revisions = [];

    /// <summary>Every change, a deletion without its value.</summary>
    public List<(string Key, bool IsDeleted)> Changes { get; } = [];

    /// <summary>The keys that exist by what was told.</summary>
    public IReadOnlyCollection<string> Keys => _revisions.Keys;

    /// <summary>Runs before what was read as a whole is told.</summary>
    public Func<IReadOnlyList<MetadataChange>, Task> OnPrepare { get; set; } = _ => Task.CompletedTask;

    public Task PrepareAsync(IReadOnlyList<MetadataChange> changes, CancellationToken cancellationToken) => OnPrepare(changes);

    public void Apply(IReadOnlyList<MetadataChange> changes, long revision)
    {
        foreach (var change in changes)
        {
            Changes.Add((change.Key, change.Entry is null));
            if (change.Entry is null)
            {
                Assert.True(_revisions.Remove(change.Key), $"{change.Key} was deleted and is not known.");
                continue;
            }

            Assert.True(change.Entry.ModRevision > _revisions.GetValueOrDefault(change.Key), $"{change.Key} came twice or late.");
            _revisions[change.Key] = change.Entry.ModRevision;
        }
    }
}
