namespace Kafscale.Bench.Loads;

/// <summary>Requests that were made beforehand, and what their responses must be. Used by several threads.</summary>
internal interface IWorkload
{
    /// <summary>What a connection sends, one after another and then from the first again; at least one.</summary>
    IReadOnlyList<byte[]> FramesOf(int connection);

    /// <summary>Bytes of record values that a response stands for.</summary>
    /// <exception cref="InvalidOperationException">The response is not as it must be.</exception>
    long PayloadOf(ReadOnlyMemory<byte> response);
}
