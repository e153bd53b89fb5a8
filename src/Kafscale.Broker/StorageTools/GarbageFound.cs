namespace Kafscale.Broker.StorageTools;

/// <summary>An object that is of no use any more.</summary>
/// <param name="Key">Its key.</param>
/// <param name="Bytes">Its size.</param>
/// <param name="Reason">Why, in a few words.</param>
public sealed record GarbageFound(string Key, long Bytes, string Reason);
