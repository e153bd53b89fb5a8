namespace Kafscale.Operator.Resources;

internal sealed class ClusterSpec
{
    public BrokersSpec Brokers { get; set; } = new();

    public S3Spec S3 { get; set; } = new();

    public EtcdSpec Etcd { get; set; } = new();

    public ConfigSpec Config { get; set; } = new();

    public UiSpec Ui { get; set; } = new();
}
