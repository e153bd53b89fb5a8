namespace Kafscale.Operator.Resources;

internal sealed class AutoscalingSpec
{
    public int? MinReplicas { get; set; }

    public int MaxReplicas { get; set; }

    public int? TargetCPUUtilizationPercentage { get; set; }
}
