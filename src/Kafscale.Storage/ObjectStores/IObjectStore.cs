using System.Buffers;

namespace Kafscale.Storage.ObjectStores;

/// <summary>
/// A flat namespace of immutable objects: what Kafscale needs of S3, and no more.
/// </summary>
/// <remarks>
/// <para>Keys are valid by <see cref="ObjectKey.Validate"/>, at most 1,024 UTF-8 bytes, and are ordered by their bytes.</para>
/// <para>Every operation is atomic and, once its task completes, durable and visible to every later operation
/// of every client (read-after-write, list-after-write). An operation that throws anything but
/// <see cref="ObjectNotFoundException"/>, <see cref="ObjectAlreadyExistsException"/> or
/// <see cref="ArgumentException"/> may or may not have taken effect.</para>
/// </remarks>
public interface IObjectStore
{
    /// <summary>Writes a whole object.</summary>
    /// <param name="key">The object's key.</param>
    /// <param name="body">The bytes; owned by the caller, who keeps them unchanged until the task completes.</param>
    /// <param name="condition">Whether an existing object is replaced or refused (<c>If-None-Match: *</c>).</param>
    /// <param name="cancellationToken">Gives up waiting; the write may still take effect.</param>
    /// <exception cref="ObjectAlreadyExistsException">The key exists and <paramref name="condition"/> forbids that.</exception>
    ValueTask PutAsync(string key, ReadOnlySequence<byte> body, PutCondition condition, CancellationToken cancellationToken);

    /// <summary>
    /// Reads <c>destination.Length</c> bytes from <paramref name="offset"/> on into <paramref name="destination"/>.
    /// </summary>
    /// <returns>The bytes read; fewer than asked for only where the object ends, 0 at or behind its end.</returns>
    /// <exception cref="ObjectNotFoundException">There is no such object.</exception>
    ValueTask<int> ReadAsync(string key, long offset, Memory<byte> destination, CancellationToken cancellationToken);

    /// <summary>The object's size and time, or <see langword="null"/> where there is no such object.</summary>
    ValueTask<ObjectProperties?> HeadAsync(string key, CancellationToken cancellationToken);

    /// <summary>
    /// Lists objects whose key begins with <paramref name="prefix"/>, in key order, page by page.
    /// </summary>
    /// <param name="prefix">Any string, not only up to a slash; empty for everything.</param>
    /// <param name="startAfter">Only keys greater than this one, or <see langword="null"/> for all.</param>
    /// <param name="cancellationToken">Ends the listing.</param>
    IAsyncEnumerable<ObjectProperties> ListAsync(string prefix, string? startAfter, CancellationToken cancellationToken);

    /// <summary>Deletes objects; one that does not exist counts as deleted.</summary>
    /// <param name="keys">At most 1,000 keys.</param>
    /// <param name="cancellationToken">Gives up waiting; deletions may still take effect.</param>
    ValueTask DeleteAsync(IReadOnlyList<string> keys, CancellationToken cancellationToken);
}
