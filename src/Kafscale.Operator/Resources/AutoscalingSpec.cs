namespace Kafscale.Operator.Resources;

internal sealed class AutoscalingSpec
{
    public int MinReplicas { get; set; } = 3;

    public int MaxReplicas { get; set; }

    public int TargetCPUUtilizationPercentage { get; set; } = 70;
}
