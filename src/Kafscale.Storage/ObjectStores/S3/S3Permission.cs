namespace Kafscale.Storage.ObjectStores.S3;

/// <summary>What a broker must be allowed to do with its bucket.</summary>
internal enum S3Permission
{
    /// <summary><c>s3:ListBucket</c>, on the bucket.</summary>
    List,

    /// <summary><c>s3:PutObject</c>, on its objects.</summary>
    Put,

    /// <summary><c>s3:GetObject</c>, on its objects.</summary>
    Get,

    /// <summary><c>s3:DeleteObject</c>, on its objects.</summary>
    Delete,
}
