namespace Kafscale.Metadata.Etcd;

/// <summary>What a request does to the keys, and so whether it may be sent again.</summary>
internal enum EtcdEffect
{
    /// <summary>Nothing: it reads.</summary>
    None,

    /// <summary>What it does when done twice is what it does when done once.</summary>
    Repeatable,

    /// <summary>Something that must not be done twice. Where its answer is missing, whether it was done is unknown.</summary>
    Once,
}
