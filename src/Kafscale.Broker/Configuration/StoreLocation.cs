namespace Kafscale.Broker.Configuration;

/// <summary>Which store to use, and where it is.</summary>
/// <param name="Kind">The implementation.</param>
/// <param name="Path">The folder or file as it was given; of S3 the bucket and the namespace; of etcd the endpoints; empty for a store in memory.</param>
public sealed record StoreLocation(StoreKind Kind, string Path)
{
    /// <summary>A store that forgets everything at the end of the process.</summary>
    public static StoreLocation Memory { get; } = new(StoreKind.Memory, "");

    /// <inheritdoc/>
    public override string ToString() =>
        Kind switch
        {
            StoreKind.File => $"file:{Path}",
            StoreKind.S3 => $"s3://{Path}",
            StoreKind.Sqlite => $"sqlite:{Path}",
            StoreKind.Etcd => $"etcd at {Path}",
            _ => "memory",
        };
}
