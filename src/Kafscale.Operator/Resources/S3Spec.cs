namespace Kafscale.Operator.Resources;

internal sealed class S3Spec
{
    public string Bucket { get; set; } = "";

    public string? Region { get; set; }

    public string? Endpoint { get; set; }

    public string? Namespace { get; set; }

    public string? ReadBucket { get; set; }

    public string? ReadRegion { get; set; }

    public string? ReadEndpoint { get; set; }

    public string? KmsKeyArn { get; set; }

    public string? CredentialsSecretRef { get; set; }
}
