
namespace Kafscale.Storage.Health;

/// <summary>Kinds of operations, each judged by itself, so that many reads that succeed do not hide that no write does.</summary>
internal enum StoreWork
{
    Reads,
    Writes,

    /// <summary>Counted, but the broker serves without it.</summary>
    Deletions,
}
