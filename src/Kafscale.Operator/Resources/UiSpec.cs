namespace Kafscale.Operator.Resources;

internal sealed class UiSpec
{
    public bool Enabled { get; set; }
}
