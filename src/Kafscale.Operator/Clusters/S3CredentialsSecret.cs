using System.Security.Cryptography;
using System.Text;
using k8s.Models;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Operator.Clusters;

/// <summary>The Secret that holds what requests to the bucket are signed with.</summary>
internal sealed class S3CredentialsSecret
{
    private const string AccessKey = "KAFSCALE_S3_ACCESS_KEY";
    private const string SecretKey = "KAFSCALE_S3_SECRET_KEY";
    private const string SessionToken = "KAFSCALE_S3_SESSION_TOKEN";

    private static readonly (string AccessKey, string SecretKey, string SessionToken)[] KeySets =
    [
        (AccessKey, SecretKey, SessionToken),
        ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN"),
    ];

    private readonly V1Secret _secret;
    private readonly (string AccessKey, string SecretKey, string SessionToken) _keys;

    private S3CredentialsSecret(V1Secret secret, (string AccessKey, string SecretKey, string SessionToken) keys)
    {
        (_secret, _keys) = (secret, keys);
        Credentials = new S3Credentials(Text(keys.AccessKey)!, Text(keys.SecretKey)!, Text(keys.SessionToken));
    }

    public S3Credentials Credentials { get; }

    /// <summary>Changes with what the Secret says, and tells nothing of it.</summary>
    public string Fingerprint => Convert.ToHexStringLower(SHA256.HashData(
        Encoding.UTF8.GetBytes($"{Credentials.AccessKey}\n{Credentials.SecretKey}\n{Credentials.SessionToken}")))[..16];

    /// <summary>Reads a Secret.</summary>
    /// <exception cref="FormatException">What it must have, and does not.</exception>
    public static S3CredentialsSecret Read(V1Secret secret)
    {
        var found = KeySets.FirstOrDefault(keys => secret.Data?.ContainsKey(keys.AccessKey) == true || secret.Data?.ContainsKey(keys.SecretKey) == true);
        if (found.AccessKey is null)
        {
            throw new FormatException($"The Secret {secret.Metadata.Name} has neither {AccessKey} and {SecretKey} nor {KeySets[1].AccessKey} and {KeySets[1].SecretKey}.");
        }

        foreach (var key in (string[])[found.AccessKey, found.SecretKey])
        {
            if (!secret.Data.TryGetValue(key, out var value) || value.Length == 0)
            {
                throw new FormatException($"The Secret {secret.Metadata.Name} has no {key}, or it is empty.");
            }
        }

        return new S3CredentialsSecret(secret, found);
    }

    public IEnumerable<V1EnvVar> Environment()
    {
        yield return PodParts.FromSecret(AccessKey, _secret.Metadata.Name, _keys.AccessKey);
        yield return PodParts.FromSecret(SecretKey, _secret.Metadata.Name, _keys.SecretKey);
        if (Credentials.SessionToken is not null)
        {
            yield return PodParts.FromSecret(SessionToken, _secret.Metadata.Name, _keys.SessionToken);
        }
    }

    private string? Text(string key) => _secret.Data.TryGetValue(key, out var value) && value.Length > 0 ? Encoding.UTF8.GetString(value) : null;
}
