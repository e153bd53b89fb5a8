using Kafscale.Fuzzing.Targets.Connections;
using Kafscale.Fuzzing.Targets.Files;
using Kafscale.Fuzzing.Targets.Messages;
using Kafscale.Fuzzing.Targets.Records;
using Kafscale.Fuzzing.Targets.Text;

namespace Kafscale.Fuzzing.Targets;

/// <summary>All targets.</summary>
internal static class TargetCatalog
{
    /// <summary>New ones: a target has state of its own, and belongs to one thread.</summary>
    public static IReadOnlyList<FuzzTarget> CreateAll() =>
    [
        new ApiMessageTarget(isResponse: false),
        new ApiMessageTarget(isResponse: true),
        new HeaderTarget(),
        new ConsumerProtocolTarget(),
        new BatchTarget(),
        new MessageSetFuzzTarget(),
        new CodecTarget(),
        new SegmentTarget(),
        new WalTarget(),
        new IndexTarget(),
        new ManifestTarget(),
        new CheckpointTarget(),
        new MarkTarget(),
        new SnapshotTarget(),
        new MetadataRecordTarget(),
        new ObjectKeyTarget(),
        new SubscriptionPatternTarget(),
        new ConfigurationTarget(),
        new ConnectionTarget(),
    ];
}
