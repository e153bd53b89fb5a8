namespace Kafscale.Broker.Garbage;

/// <summary>An object that is of no use any more.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Length">Its size in bytes.</param>
/// <param name="Reason">Why.</param>
internal readonly record struct GarbageObject(string Key, long Length, GarbageReason Reason);
