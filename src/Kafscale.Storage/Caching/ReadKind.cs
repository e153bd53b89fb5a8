namespace Kafscale.Storage.Caching;

/// <summary>What a read is for, where it is not answered from memory: by that it has its own lane and its own share of memory.</summary>
public enum ReadKind
{
    /// <summary>The recent end of a log: loaded at once.</summary>
    Tail,

    /// <summary>Older records: loaded when the bytes that such reads load at a time leave room.</summary>
    CatchUp,
}
