namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>What requests are signed with.</summary>
/// <param name="AccessKey">The access key id.</param>
/// <param name="SecretKey">The secret access key.</param>
/// <param name="SessionToken">The token of temporary credentials; null for permanent ones.</param>
public sealed record S3Credentials(string AccessKey, string SecretKey, string? SessionToken = null)
{
    /// <summary>Shows no secret, wherever it is printed.</summary>
    public override string ToString() => "(hidden)";
}
