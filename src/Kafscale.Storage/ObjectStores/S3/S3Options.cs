namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>Which bucket to use, and how to reach it.</summary>
public sealed record S3Options
{
    /// <summary>The region that requests are signed for where an endpoint is given and no region.</summary>
    public const string DefaultRegion = "us-east-1";

    /// <summary>The bucket's name. It exists already.</summary>
    public required string Bucket { get; init; }

    /// <summary>The bucket's region; null only where <see cref="Endpoint"/> is given, which then means <see cref="DefaultRegion"/>.</summary>
    public string? Region { get; init; }

    /// <summary>The address of a store that is not Amazon's, http or https; null for Amazon S3.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the bucket's name is part of the path instead of the host name.</summary>
    public bool PathStyle { get; init; }

    /// <summary>What requests are signed with; null for what the SDK finds: environment, profile, web identity, container, instance.</summary>
    public S3Credentials? Credentials { get; init; }

    /// <summary>The ARN or id of the KMS key that every object is encrypted with; null for the bucket's default.</summary>
    public string? KmsKeyArn { get; init; }

    /// <summary>A PEM file with the only certificate authorities that are trusted; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>How long a request may take, not counting the time of its body: a second for each mebibyte.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>The most connections at a time. A request that finds none free waits, and its timeout runs.</summary>
    public int MaxConnections { get; init; } = 256;

    /// <summary>Where the bucket is, for people.</summary>
    public override string ToString() =>
        Endpoint is null ? $"s3://{Bucket} in {Region}" : $"s3://{Bucket} at {Endpoint.GetLeftPart(UriPartial.Authority)}";
}
