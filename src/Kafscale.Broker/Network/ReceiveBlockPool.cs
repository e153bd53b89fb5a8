using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Connections;

namespace Kafscale.Broker.Network;

/// <summary>
/// The memory of the transport's pipes, in blocks that hold a whole batch of records: Kestrel's own blocks of 4 KiB
/// would cost one receive call each.
/// </summary>
/// <remarks>
/// Blocks are pinned, because the kernel writes into them, and are given out last in, first out, so that a busy broker
/// goes on in the ones which are in the processor's cache.
/// </remarks>
[SuppressMessage("Design", "CA1001", Justification = "The factory gives out one pool that lives as long as the process.")]
internal sealed class ReceiveBlockPool : MemoryPool<byte>, IMemoryPoolFactory<byte>
{
    private readonly Lock _lock = new();
    private readonly Stack<Block> _blocks = new();
    private readonly int _blockBytes;
    private readonly int _maxKeptBlocks;

    /// <param name="blockBytes">The size of each block in bytes.</param>
    /// <param name="maxKeptBytes">The unused memory in bytes that is kept for the next use.</param>
    public ReceiveBlockPool(int blockBytes, long maxKeptBytes)
    {
        _blockBytes = blockBytes;
        _maxKeptBlocks = (int)(maxKeptBytes / blockBytes);
    }

    public override int MaxBufferSize => _blockBytes;

    public override IMemoryOwner<byte> Rent(int minBufferSize = -1)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(minBufferSize, _blockBytes);
        lock (_lock)
        {
            if (_blocks.TryPop(out Block? block))
            {
                return block;
            }
        }

        return new Block(this, _blockBytes);
    }

    MemoryPool<byte> IMemoryPoolFactory<byte>.Create(MemoryPoolOptions? options) => this;

    protected override void Dispose(bool disposing)
    {
        // Several transports share the pool, and each disposes it.
    }

    private void Return(Block block)
    {
        lock (_lock)
        {
            if (_blocks.Count < _maxKeptBlocks)
            {
                _blocks.Push(block);
            }
        }
    }

    private sealed class Block : IMemoryOwner<byte>
    {
        private readonly ReceiveBlockPool _pool;

        public Block(ReceiveBlockPool pool, int bytes)
        {
            _pool = pool;
            byte[] array = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
            Memory = MemoryMarshal.CreateFromPinnedArray(array, 0, bytes);
        }

        public Memory<byte> Memory { get; }

        public void Dispose() => _pool.Return(this);
    }
}
