using System.Text;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Compatibility.Tests.Hostile;

/// <summary>Bytes that are no request get a Kafka error or end their own connection, and that is all.</summary>
public sealed class MalformedRequestTests(BrokerFixture fixture, ITestOutputHelper output) : HostileContract(fixture), IClassFixture<BrokerFixture>
{
    private const short MetadataKey = 3;
    private const short ApiVersionsKey = 18;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(9)]
    [InlineData(-1)]
    [InlineData(int.MinValue)]
    [InlineData(int.MaxValue)]
    [InlineData((100 << 20) + 1)]
    [InlineData(0x47455420)] // "GET "
    public async Task A_length_that_can_not_be_closes_the_connection(int length)
    {
        using var connection = await OpenAsync();

        await connection.SendAsync(RawConnection.Frame(length, 0, 3, 0, 0, 0, 0, 0, 0));

        await connection.AssertClosedAsync();
    }

    [Theory]
    [InlineData(999, 0)]
    [InlineData(-1, 0)]
    [InlineData(short.MaxValue, 0)]
    [InlineData(4, 0)] // LeaderAndIsr, which is for brokers among themselves.
    [InlineData(MetadataKey, 99)]
    [InlineData(MetadataKey, -1)]
    [InlineData(0, short.MaxValue)]
    [InlineData(17, 0)] // SaslHandshake: no password must look accepted.
    [InlineData(36, 0)] // SaslAuthenticate
    public async Task An_unknown_api_or_version_closes_the_connection(short apiKey, short apiVersion)
    {
        using var connection = await OpenAsync();

        await connection.SendAsync(RawConnection.RequestFrame(apiKey, apiVersion, 1, []));

        await connection.AssertClosedAsync();
    }

    [Theory]
    [InlineData(99)]
    [InlineData(short.MaxValue)]
    [InlineData(-1)]
    public async Task An_unknown_version_of_ApiVersions_is_answered_in_version_0_with_what_there_is(short apiVersion)
    {
        using var connection = await OpenAsync();

        await connection.SendAsync(RawConnection.RequestFrame(ApiVersionsKey, apiVersion, 77, [1, 2, 3]));

        var response = Read(await connection.ReceiveAsync());
        Assert.Equal((short)ErrorCode.UnsupportedVersion, (short)response.ErrorCode);
        Assert.Contains(response.ApiKeys, api => (short)api.ApiKey == ApiVersionsKey);
        await connection.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
    }

    [Fact]
    public async Task A_frame_that_ends_before_its_fields_closes_the_connection()
    {
        using var connection = await OpenAsync();

        // One topic, whose name is said to be 5,000 bytes long.
        await connection.SendAsync(RawConnection.RequestFrame(MetadataKey, 1, 1, [0, 0, 0, 1, 0x13, 0x88, (byte)'a']));

        await connection.AssertClosedAsync();
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(100_000_000)]
    [InlineData(-2)]
    public async Task An_array_with_an_impossible_number_of_elements_closes_the_connection_and_takes_no_memory(int count)
    {
        var before = ResidentBytes();
        using var connection = await OpenAsync();

        await connection.SendAsync(RawConnection.RequestFrame(MetadataKey, 1, 1, RawConnection.Frame(count)));

        await connection.AssertClosedAsync();
        AssertGrowthBelow(64, before);
    }

    [Fact]
    public async Task A_hundred_thousand_tagged_fields_that_nobody_knows_are_passed_over()
    {
        var before = ResidentBytes();
        using var connection = await OpenAsync();

        // Behind the header's own, which are none, and two compact strings.
        List<byte> body = [0, 2, (byte)'a', 2, (byte)'b'];
        AddUnsignedVarint(body, 100_000);
        for (var tag = 0; tag < 100_000; tag++)
        {
            AddUnsignedVarint(body, tag);
            body.AddRange([1, 0xFF]);
        }

        await connection.SendAsync(RawConnection.RequestFrame(ApiVersionsKey, 3, 77, [.. body]));

        Assert.NotNull(await connection.ReceiveAsync());
        AssertGrowthBelow(128, before);
    }

    [Theory]
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF, 0x0F)] // As many tagged fields as can be counted.
    [InlineData(0xFF, 0xFF, 0xFF, 0xFF, 0xFF)] // A number that does not end.
    [InlineData(1, 0, 0xFF, 0xFF, 0x7F)] // One that is larger than the request.
    public async Task Tagged_fields_that_can_not_be_close_the_connection(params int[] tags)
    {
        var before = ResidentBytes();
        using var connection = await OpenAsync();

        await connection.SendAsync(RawConnection.RequestFrame(ApiVersionsKey, 3, 77, [0, 2, (byte)'a', 2, (byte)'b', .. tags.Select(value => (byte)value)]));

        await connection.AssertClosedAsync();
        AssertGrowthBelow(64, before);
    }

    [Fact]
    public async Task A_client_that_goes_away_in_the_middle_of_a_frame_is_forgotten()
    {
        for (var i = 0; i < 200; i++)
        {
            using var connection = await OpenAsync();
            await connection.SendAsync(RawConnection.Frame(1000, 0, 3, 0, 1, 0, 0).AsMemory(0, i % 10));
        }

        await AssertOthersUnaffectedAsync();
    }

    [Fact]
    public async Task What_another_protocol_says_closes_the_connection()
    {
        foreach (var greeting in new[] { "GET / HTTP/1.1\r\nHost: kafka\r\n\r\n", "\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03 hello hello", "SSH-2.0-OpenSSH_9.2\r\n" })
        {
            using var connection = await OpenAsync();
            await connection.SendAsync(Encoding.Latin1.GetBytes(greeting));
            await connection.AssertClosedAsync();
        }
    }

    [Fact]
    public async Task Random_bytes_are_answered_or_close_the_connection()
    {
        var random = NewRandom();
        var before = ResidentBytes();
        var linesBefore = LoggedLines();
        for (var i = 0; i < 500; i++)
        {
            using var connection = await OpenAsync();
            var bytes = new byte[random.Next(1, 2000)];
            random.NextBytes(bytes);
            await connection.SendAsync(bytes);
            connection.EndSending();
            await DrainAsync(connection);
        }

        AssertGrowthBelow(128, before);
        Assert.True(LoggedLines() - linesBefore < 50, Broker.Output);
    }

    [Fact]
    public async Task Random_bodies_of_every_api_and_version_are_answered_or_close_the_connection()
    {
        var random = NewRandom();
        var before = ResidentBytes();
        foreach (var (apiKey, version) in await OfferedAsync())
        {
            for (var i = 0; i < 5; i++)
            {
                var body = new byte[random.Next(200)];
                random.NextBytes(body);
                using var connection = await OpenAsync();
                await connection.SendAsync(RawConnection.RequestFrame(apiKey, version, i, body));
                connection.EndSending();
                await DrainAsync(connection);
            }
        }

        AssertGrowthBelow(256, before);
    }

    [Fact]
    public async Task Requests_with_a_few_wrong_bytes_are_answered_or_close_the_connection()
    {
        var random = NewRandom();
        var before = ResidentBytes();
        foreach (var (apiKey, version) in await OfferedAsync())
        {
            // Versions of Produce that are offered to old clients, and that nobody can write any more.
            var writable = Math.Max(version, ApiCatalog.Get((ApiKey)apiKey).MinVersion);
            var frame = RawConnection.RequestFrame(PlausibleRequests.Create((ApiKey)apiKey), writable, 1);
            for (var i = 0; i < 10; i++)
            {
                var wrong = frame.ToArray();
                for (var flips = random.Next(1, 4); flips > 0; flips--)
                {
                    // The length and the API stay as they are.
                    wrong[random.Next(8, wrong.Length)] = (byte)random.Next(256);
                }

                using var connection = await OpenAsync();
                await connection.SendAsync(wrong);
                connection.EndSending();
                await DrainAsync(connection);
            }
        }

        AssertGrowthBelow(256, before);
    }

    private int LoggedLines() => Broker.Output.Count(character => character == '\n');

    private static void AddUnsignedVarint(List<byte> bytes, int value)
    {
        for (; value >= 0x80; value >>= 7)
        {
            bytes.Add((byte)(value | 0x80));
        }

        bytes.Add((byte)value);
    }

    private static ApiVersionsResponse Read(byte[]? content)
    {
        Assert.NotNull(content);
        var reader = new MessageReader(content);
        Assert.Equal(77, reader.ReadInt32("CorrelationId"));
        var response = new ApiVersionsResponse();
        response.Read(ref reader, 0);
        return response;
    }

    private static async Task DrainAsync(RawConnection connection)
    {
        while (await connection.ReceiveAsync() is not null)
        {
        }
    }

    private async Task<IReadOnlyList<(short ApiKey, short Version)>> OfferedAsync()
    {
        using var connection = await OpenAsync();
        var offered = await connection.AskAsync<ApiVersionsResponse>(new ApiVersionsRequest(), 0);
        return
        [
            .. from api in offered.ApiKeys
               from version in Enumerable.Range(api.MinVersion, api.MaxVersion - api.MinVersion + 1)
               select ((short)api.ApiKey, (short)version),
        ];
    }

    private Random NewRandom()
    {
        var seed = Environment.GetEnvironmentVariable("HOSTILE_SEED") is { } given ? int.Parse(given) : Random.Shared.Next();
        output.WriteLine($"HOSTILE_SEED={seed}");
        return new Random(seed);
    }
}
