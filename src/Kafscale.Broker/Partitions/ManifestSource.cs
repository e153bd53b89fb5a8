using Kafscale.Storage;
using Kafscale.Storage.Manifests;
using Kafscale.Storage.ObjectStores;

namespace Kafscale.Broker.Partitions;

/// <summary>Reads the manifest that a partition's metadata record names, and keeps the newest with the partition.</summary>
internal sealed class ManifestSource(IObjectStore objectStore, ObjectKeys objectKeys)
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

            if (log.Manifest is { } known && known.Version >= version)
            {
                return known;
            }

            try
            {
                var manifest = await ReadAsync(objectKeys.Manifest(log.Id.TopicId, log.Id.Partition, version), cancellationToken);
                log.Apply(manifest);
                return manifest;
            }
            catch (ObjectNotFoundException) when (log.Record.Record.ManifestVersion != version)
            {
                // It was replaced, and deleted, while it was being read.
            }
        }
    }

    private async ValueTask<Manifest> ReadAsync(string key, CancellationToken cancellationToken) =>
        ManifestReader.Read(key, await WholeObject.ReadAsync(objectStore, key, cancellationToken));
}
