using k8s.Models;

namespace Kafscale.Operator.Resources;

internal sealed class ConfigSpec
{
    public long? SegmentBytes { get; set; }

    public int? FlushIntervalMs { get; set; }

    public IntOrString? CacheSize { get; set; }
}
