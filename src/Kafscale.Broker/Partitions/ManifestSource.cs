using Kafscale.Storage;
using Kafscale.Storage.Caching;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>Reads the manifest that a partition's metadata record names, when somebody needs it: none is read at the start.</summary>
internal sealed class ManifestSource(ManifestCache manifests, ObjectKeys objectKeys)
{
    /// <summary>The partition's current manifest, or <see langword="null"/> where nothing was merged yet.</summary>
    public async ValueTask<Manifest?> ReadAsync(PartitionLog log, CancellationToken cancellationToken)
    {
        while (true)
        {
            var version = log.Record.Record.ManifestVersion;
            if (version == 0)
            {
                return null;
            }

            try
            {
                var key = KeyOf(log, version);
                var manifest = await manifests.GetAsync(key, cancellationToken);
                return manifest.Version == version
                    ? manifest
                    : throw new CorruptObjectException(key, 0, $"This is version {manifest.Version} of the manifest.");
            }
            catch (ObjectNotFoundException) when (log.Record.Record.ManifestVersion != version)
            {
                // It was replaced, and deleted, while it was being read.
            }
        }
    }

    /// <summary>Takes over the manifest that was just published in place of another one.</summary>
    public void Replace(PartitionLog log, long previousVersion, Manifest current)
    {
        manifests.Remove(KeyOf(log, previousVersion));
        manifests.Insert(KeyOf(log, current.Version), current);
    }

    private string KeyOf(PartitionLog log, long version)
    {
        if (log.LastManifestKey is not { } last || last.Version != version)
        {
            log.LastManifestKey = last = new ManifestKey(version, objectKeys.Manifest(log.Id.TopicId, log.Id.Partition, version));
        }

        return last.Key;
    }
}
