using System.Net.Sockets;
using Kafscale.Compatibility.Tests.Clients;
using Kafscale.Protocol.Messages;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>Clients that take what they can: the broker's memory is bounded and the others are served.</summary>
public sealed class OverloadTests(BrokerFixture fixture) : HostileContract(fixture), IClassFixture<BrokerFixture>
{
    private const int MaxRequestBytes = 100 << 20;

    [Fact]
    public async Task A_claim_of_two_gibibytes_takes_no_memory()
    {
        var before = ResidentBytes();

        for (var i = 0; i < 100; i++)
        {
            using var connection = await OpenAsync();
            await connection.SendAsync(RawConnection.Frame(int.MaxValue, 0, 0, 0, 9));
            await connection.AssertClosedAsync();
        }

        AssertGrowthBelow(64, before);
    }

    [Fact]
    public async Task Large_requests_that_are_only_announced_take_no_memory_and_keep_nobody_out()
    {
        var before = ResidentBytes();
        var connections = await OpenManyAsync(50);
        foreach (var connection in connections)
        {
            // A Produce of the largest size, of which only the beginning comes.
            await connection.SendAsync(RawConnection.Frame(MaxRequestBytes, 0, 0, 0, 9, 0, 0, 0, 1, 0xFF, 0xFF));
        }

        await AssertOthersUnaffectedAsync();

        AssertGrowthBelow(100, before);
        Array.ForEach(connections, connection => connection.Dispose());
    }

    [Fact]
    public async Task Clients_that_send_a_byte_at_a_time_disturb_nobody()
    {
        var before = ResidentBytes();
        var connections = await OpenManyAsync(300);
        var frame = RawConnection.RequestFrame(new MetadataRequest { Topics = [] }, 1, 1);
        foreach (var part in frame.SkipLast(1).Chunk(1))
        {
            foreach (var connection in connections)
            {
                await connection.SendAsync(part);
            }
        }

        await AssertOthersUnaffectedAsync();
        AssertGrowthBelow(100, before);

        // And when the last byte comes, they are answered as everybody else.
        foreach (var connection in connections)
        {
            await connection.SendAsync(frame.AsMemory()[^1..]);
            Assert.NotNull(await connection.ReceiveAsync());
            connection.Dispose();
        }
    }

    [Fact]
    public async Task Clients_that_fetch_and_never_read_take_bounded_memory()
    {
        var topic = $"large-{Guid.NewGuid():n}";
        await ConfluentClient.Instance.ProduceAsync(
            Broker.BootstrapServers,
            topic,
            [.. Enumerable.Range(0, 64).Select(_ => new TestRecord(0, null, new byte[900_000], []))],
            ProduceOptions.Default);
        var before = ResidentBytes();
        var connections = await OpenManyAsync(30, receiveBufferBytes: 4096);
        var fetches = Enumerable.Range(1, 30).SelectMany(i => RawConnection.RequestFrame(PlausibleRequests.Fetch(topic, 50 << 20), 4, i)).ToArray();

        // 900 answers of 50 MiB each.
        await Task.WhenAll(connections.Select(connection => connection.SendAsync(fetches)));
        await AssertOthersUnaffectedAsync();
        await AssertOthersUnaffectedAsync();

        AssertGrowthBelow(400, before);
        Array.ForEach(connections, connection => connection.Dispose());
    }

    [Fact]
    public async Task Nearly_ten_thousand_idle_connections_are_kept_and_cost_little_and_those_above_ten_thousand_are_closed()
    {
        // The tests' own connections are among the ten thousand that max.connections permits.
        const int Count = 9_900;
        var before = ResidentBytes();

        var connections = await OpenManyAsync(Count);
        await AssertOthersUnaffectedAsync();
        await connections[0].AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        await connections[^1].AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);

        AssertGrowthBelow(400, before);
        var above = new List<RawConnection>();
        for (var i = 0; i < 200; i++)
        {
            if (await TryOpenAsync() is { } connection)
            {
                above.Add(connection);
            }
        }

        using (var last = await TryOpenAsync())
        {
            await (last?.AssertClosedAsync() ?? Task.CompletedTask);
        }

        await connections[^1].AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        Array.ForEach([.. connections, .. above], connection => connection.Dispose());
        await Eventually.HoldsAsync(
            async () =>
            {
                using var next = await OpenAsync();
                return await next.TryAskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0) is not null;
            },
            TimeSpan.FromSeconds(30),
            "Those that have left make room.");
    }

    [Fact]
    public async Task A_client_that_sends_many_requests_and_reads_no_answer_is_not_read_from_without_end()
    {
        var before = ResidentBytes();
        using var connection = await OpenAsync(receiveBufferBytes: 4096);
        var requests = Enumerable.Range(1, 20_000).SelectMany(i => RawConnection.RequestFrame(new ApiVersionsRequest(), 0, i)).ToArray();

        var sending = connection.SendAsync(requests);
        await AssertOthersUnaffectedAsync();

        AssertGrowthBelow(100, before);
        connection.Dispose();
        await Record.ExceptionAsync(() => sending);
    }

    // Null where it was closed before this side had it.
    private async Task<RawConnection?> TryOpenAsync()
    {
        try
        {
            return await OpenAsync();
        }
        catch (SocketException)
        {
            return null;
        }
    }
}
