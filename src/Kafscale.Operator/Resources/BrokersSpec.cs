namespace Kafscale.Operator.Resources;

internal sealed class BrokersSpec
{
    public int Replicas { get; set; } = 3;

    public string? AdvertisedHost { get; set; }

    public int? AdvertisedPort { get; set; }

    public ResourcesSpec? Resources { get; set; }

    public ImageSpec Image { get; set; } = new();

    public ServiceSpec Service { get; set; } = new();

    public AutoscalingSpec? Autoscaling { get; set; }
}
