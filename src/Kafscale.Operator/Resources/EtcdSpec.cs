namespace Kafscale.Operator.Resources;

internal sealed class EtcdSpec
{
    public List<string>? Endpoints { get; set; }
}
