using Kafscale.Broker.Partitions;

namespace Kafscale.Broker.Tests.Partitions;

public sealed class AppendBufferTests
{
    private const int ChunkBytes = 1_000;

    private readonly BufferChunkPool _pool = new(ChunkBytes, 4);

    [Fact]
    public async Task At_the_bound_a_reservation_waits_until_there_is_room()
    {
        using var buffer = new AppendBuffer(_pool, 1_000, TimeProvider.System);
        var first = await buffer.ReserveAsync(600, CancellationToken.None);
        var second = buffer.ReserveAsync(600, CancellationToken.None).AsTask();
        Assert.False(second.IsCompleted);
        Assert.Equal(600, buffer.UsedBytes);

        Give(buffer, first);

        Give(buffer, await second);
        Assert.Equal(0, buffer.UsedBytes);
    }

    [Fact]
    public async Task A_reservation_larger_than_the_buffer_gets_through_alone()
    {
        using var buffer = new AppendBuffer(_pool, 1_000, TimeProvider.System);
        var held = await buffer.ReserveAsync(10, CancellationToken.None);
        var large = buffer.ReserveAsync(5_000, CancellationToken.None).AsTask();
        Assert.False(large.IsCompleted);

        Give(buffer, held);

        Assert.Equal(5_000, (await large).Memory.Length);
        Give(buffer, await large);
    }

    [Fact]
    public async Task Small_reservations_share_a_chunk_that_goes_back_with_the_last_of_them()
    {
        using (var buffer = new AppendBuffer(_pool, 10_000, TimeProvider.System))
        {
            var reservations = new List<BufferReservation>();
            for (var i = 0; i < 10; i++)
            {
                reservations.Add(await buffer.ReserveAsync(100, CancellationToken.None));
            }

            Assert.Equal(1, _pool.InUse);
            reservations.ForEach(reservation => Give(buffer, reservation));
        }

        Assert.Equal(0, _pool.InUse);
    }

    private static void Give(AppendBuffer buffer, in BufferReservation reservation)
    {
        reservation.Chunk.Release();
        buffer.ReleaseBudget(reservation.Length);
    }
}
