using System.Buffers;

namespace Kafscale.Storage.ObjectStores;

/// <summary>Reads objects that are small enough to be read at once.</summary>
public static class WholeObject
{
    /// <summary>Reads all of an object.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    /// <exception cref="CorruptObjectException">It is longer than an array can be.</exception>
    public static async ValueTask<ReadOnlySequence<byte>> ReadAsync(IObjectStore store, string key, CancellationToken cancellationToken)
    {
        var properties = await store.HeadAsync(key, cancellationToken) ?? throw new ObjectNotFoundException(key);
        return await ReadAsync(store, key, properties.Length, cancellationToken);
    }

    /// <summary>Reads all of an object whose length is known; less where it turns out to be shorter.</summary>
    /// <param name="store">Where it is.</param>
    /// <param name="key">Its key.</param>
    /// <param name="length">Its length.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    /// <exception cref="CorruptObjectException">It is longer than an array can be.</exception>
    public static async ValueTask<ReadOnlySequence<byte>> ReadAsync(IObjectStore store, string key, long length, CancellationToken cancellationToken)
    {
        if (length > Array.MaxLength)
        {
            throw new CorruptObjectException(key, 0, $"No object of Kafscale's has {length} bytes.");
        }

        var bytes = new byte[length];
        var read = await store.ReadAsync(key, 0, bytes, cancellationToken);
        return new ReadOnlySequence<byte>(bytes, 0, read);
    }
}
