namespace Kafscale.Testing;

/// <summary>The operations of S3 that Kafscale uses, as a proxy tells them apart.</summary>
public enum ProxiedOperation
{
    /// <summary>Anything else.</summary>
    Other,

    /// <summary>PutObject.</summary>
    Put,

    /// <summary>GetObject.</summary>
    Get,

    /// <summary>HeadObject, HeadBucket.</summary>
    Head,

    /// <summary>ListObjectsV2.</summary>
    List,

    /// <summary>DeleteObject, DeleteObjects.</summary>
    Delete,
}
