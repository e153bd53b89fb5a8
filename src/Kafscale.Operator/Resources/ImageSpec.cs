namespace Kafscale.Operator.Resources;

internal sealed class ImageSpec
{
    public string? Repository { get; set; }

    public string? Tag { get; set; }
}
