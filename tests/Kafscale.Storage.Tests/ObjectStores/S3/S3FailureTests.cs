using System.Net;
using System.Net.Sockets;
using System.Text;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Http;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>What the store makes of answers that are not the right ones, from a server that gives them on purpose.</summary>
public sealed class S3FailureTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(503, "SlowDown", ObjectStoreFailure.Throttled)]
    [InlineData(503, "RequestLimitExceeded", ObjectStoreFailure.Throttled)]
    [InlineData(429, "TooManyRequests", ObjectStoreFailure.Throttled)]
    [InlineData(429, "", ObjectStoreFailure.Throttled)]
    [InlineData(400, "ThrottlingException", ObjectStoreFailure.Throttled)]
    [InlineData(503, "ServiceUnavailable", ObjectStoreFailure.Unavailable)]
    [InlineData(503, "", ObjectStoreFailure.Unavailable)]
    [InlineData(500, "InternalError", ObjectStoreFailure.Unavailable)]
    [InlineData(502, "", ObjectStoreFailure.Unavailable)]
    [InlineData(504, "", ObjectStoreFailure.Unavailable)]
    [InlineData(409, "ConditionalRequestConflict", ObjectStoreFailure.Unavailable)]
    [InlineData(409, "OperationAborted", ObjectStoreFailure.Unavailable)]
    [InlineData(400, "IncompleteBody", ObjectStoreFailure.Unavailable)]
    [InlineData(400, "BadDigest", ObjectStoreFailure.Unavailable)]
    [InlineData(400, "RequestTimeout", ObjectStoreFailure.TimedOut)]
    [InlineData(408, "", ObjectStoreFailure.TimedOut)]
    [InlineData(401, "", ObjectStoreFailure.Denied)]
    [InlineData(403, "AccessDenied", ObjectStoreFailure.Denied)]
    [InlineData(403, "SignatureDoesNotMatch", ObjectStoreFailure.Denied)]
    [InlineData(403, "RequestTimeTooSkewed", ObjectStoreFailure.Denied)]
    [InlineData(403, "", ObjectStoreFailure.Denied)]
    [InlineData(400, "ExpiredToken", ObjectStoreFailure.Denied)]
    [InlineData(400, "InvalidToken", ObjectStoreFailure.Denied)]
    [InlineData(400, "AuthorizationHeaderMalformed", ObjectStoreFailure.Rejected)]
    [InlineData(404, "NoSuchBucket", ObjectStoreFailure.Rejected)]
    [InlineData(404, "", ObjectStoreFailure.Rejected)]
    [InlineData(405, "MethodNotAllowed", ObjectStoreFailure.Rejected)]
    [InlineData(409, "InvalidBucketState", ObjectStoreFailure.Rejected)]
    [InlineData(501, "NotImplemented", ObjectStoreFailure.Unavailable)]
    public async Task Every_answer_of_the_store_is_one_kind_of_trouble_in_every_operation(int status, string code, ObjectStoreFailure failure)
    {
        var body = code.Length == 0 ? "" : $"<?xml version=\"1.0\"?><Error><Code>{code}</Code><Message>Because.</Message></Error>";
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer($"{status} Trouble", body));
        using var store = StoreAt(server);
        Assert.Equal(failure, await FailureOfAsync(store.PutAsync("key", Bodies.Whole([1]), PutCondition.None, Cancellation)));
        Assert.Equal(failure, await FailureOfAsync(store.PutAsync("key", Bodies.Whole([1]), PutCondition.IfNoneMatch, Cancellation)));
        Assert.Equal(failure, await FailureOfAsync(store.ReadAsync("key", 0, new byte[1], Cancellation)));
        Assert.Equal(failure, await FailureOfAsync(store.ListAsync("", null, Cancellation).ToListAsync(Cancellation)));
        Assert.Equal(failure, await FailureOfAsync(store.DeleteAsync(["key"], Cancellation)));
    }

    [Theory]
    [InlineData("500 Trouble", ObjectStoreFailure.Unavailable)]
    [InlineData("503 Slow Down", ObjectStoreFailure.Unavailable)]
    [InlineData("429 Too Many", ObjectStoreFailure.Throttled)]
    [InlineData("403 Forbidden", ObjectStoreFailure.Denied)]
    [InlineData("400 Bad Request", ObjectStoreFailure.Rejected)]
    public async Task A_head_without_a_code_goes_by_its_status(string status, ObjectStoreFailure failure)
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer(status));
        using var store = StoreAt(server);
        Assert.Equal(failure, await FailureOfAsync(store.HeadAsync("key", Cancellation)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 O")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n<?xml version=\"1.0\"?><ListBu")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\n<a><")]
    [InlineData("HTTP/1.1 502 Bad Gateway\r\nContent-Type: text/html\r\nContent-Length: 30\r\n\r\n<html><body>Oh no</body><br>")]
    public async Task An_answer_that_makes_no_sense_or_stops_short_is_a_store_that_is_not_available(string answer)
    {
        await using var server = new FakeHttpServer(_ => answer);
        using var store = StoreAt(server, TimeSpan.FromSeconds(30));
        Assert.Equal(ObjectStoreFailure.Unavailable, await FailureOfAsync(store.ListAsync("", null, Cancellation).ToListAsync(Cancellation)));
    }

    [Theory]
    [InlineData("bytes 0-99/1000", 100, 60)]
    [InlineData("bytes 0-99/1000", 100, 99)]
    [InlineData("bytes 0-99/1000", 100, 0)]
    public async Task A_body_that_ends_early_is_not_returned_as_a_short_one(string range, int promised, int sent)
    {
        await using var server = new FakeHttpServer(_ =>
            $"HTTP/1.1 206 Partial Content\r\nContent-Length: {promised}\r\nContent-Range: {range}\r\n\r\n{new string('x', sent)}");
        using var store = StoreAt(server, TimeSpan.FromSeconds(30));
        Assert.Equal(ObjectStoreFailure.Unavailable, await FailureOfAsync(store.ReadAsync("key", 0, new byte[100], Cancellation)));
    }

    [Theory]
    [InlineData("206 Partial Content", "bytes 0-49/1000", ObjectStoreFailure.Unavailable)]
    [InlineData("206 Partial Content", "bytes 10-59/1000", ObjectStoreFailure.Unavailable)]
    [InlineData("206 Partial Content", "bytes 0-49/*", ObjectStoreFailure.Rejected)]
    [InlineData("206 Partial Content", "bytes -/", ObjectStoreFailure.Rejected)]
    [InlineData("200 OK", "bytes 0-49/50", ObjectStoreFailure.Rejected)]
    public async Task Another_range_than_the_one_asked_for_is_refused(string status, string range, ObjectStoreFailure failure)
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer(status, new string('x', 50), $"Content-Range: {range}\r\n"));
        using var store = StoreAt(server);
        Assert.Equal(failure, await FailureOfAsync(store.ReadAsync("key", 0, new byte[100], Cancellation)));
    }

    [Fact]
    public async Task A_store_that_never_answers_times_out()
    {
        await using var server = new FakeHttpServer((_, _, stopped) => Task.Delay(Timeout.Infinite, stopped));
        var clock = new FakeTimeProvider();
        using var store = new S3ObjectStore(OptionsOf(server.Address) with { RequestTimeout = Patience }, clock);
        foreach (var operation in (Func<Task>[])
        [
            () => store.PutAsync("key", Bodies.Whole([1]), PutCondition.None, Cancellation).AsTask(),
            () => store.ReadAsync("key", 0, new byte[1], Cancellation).AsTask(),
            () => store.HeadAsync("key", Cancellation).AsTask(),
            () => store.ListAsync("", null, Cancellation).ToListAsync(Cancellation).AsTask(),
            () => store.DeleteAsync(["key"], Cancellation).AsTask(),
        ])
        {
            var running = operation();
            Assert.False(running.IsCompleted);
            clock.Advance(Patience + TimeSpan.FromSeconds(1));
            Assert.Equal(ObjectStoreFailure.TimedOut, await FailureOfAsync(running));
        }
    }

    [Fact]
    public async Task A_large_body_has_a_second_more_for_each_mebibyte()
    {
        await using var server = new FakeHttpServer((_, _, stopped) => Task.Delay(Timeout.Infinite, stopped));
        var clock = new FakeTimeProvider();
        using var store = new S3ObjectStore(OptionsOf(server.Address) with { RequestTimeout = Patience }, clock);
        var put = store.PutAsync("key", Bodies.Whole(new byte[3 << 20]), PutCondition.None, Cancellation).AsTask();
        clock.Advance(Patience + TimeSpan.FromSeconds(2.9));
        Assert.False(put.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(0.2));
        Assert.Equal(ObjectStoreFailure.TimedOut, await FailureOfAsync(put));
    }

    [Theory]
    [InlineData("HTTP/1.1 206 Partial Content\r\nContent-Length: 100\r\nContent-Range: bytes 0-99/100\r\n\r\nxxxxxx")]
    [InlineData("HTTP/1.1 206 Partial Con")]
    [InlineData("HTTP/1.1 500 Trouble\r\nContent-Length: 100\r\n\r\n<?xml")]
    public async Task An_answer_that_stalls_in_the_middle_times_out(string start)
    {
        var clock = new FakeTimeProvider();
        var stalled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = new FakeHttpServer(async (_, stream, stopped) =>
        {
            await stream.WriteAsync(Encoding.ASCII.GetBytes(start), stopped);
            stalled.SetResult();
            await Task.Delay(Timeout.Infinite, stopped);
        });
        using var store = new S3ObjectStore(OptionsOf(server.Address) with { RequestTimeout = Patience }, clock);
        var read = store.ReadAsync("key", 0, new byte[100], Cancellation).AsTask();
        await stalled.Task;
        clock.Advance(Patience + TimeSpan.FromSeconds(1));
        Assert.Equal(ObjectStoreFailure.TimedOut, await FailureOfAsync(read));
    }

    [Fact]
    public async Task A_store_that_stops_reading_in_the_middle_of_a_body_times_out()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var clock = new FakeTimeProvider();
        using var store = new S3ObjectStore(OptionsOf(new Uri($"http://{listener.LocalEndpoint}")) with { RequestTimeout = Patience }, clock);
        var put = store.PutAsync("key", Bodies.Whole(new byte[20 << 20]), PutCondition.None, Cancellation).AsTask();
        using var connection = await listener.AcceptTcpClientAsync(Cancellation);
        var stream = connection.GetStream();
        await stream.ReadAtLeastAsync(new byte[10_000], 100, cancellationToken: Cancellation);
        await stream.WriteAsync("HTTP/1.1 100 Continue\r\n\r\n"u8.ToArray(), Cancellation);
        await stream.ReadExactlyAsync(new byte[100_000], Cancellation);
        clock.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(ObjectStoreFailure.TimedOut, await FailureOfAsync(put));
    }

    [Fact]
    public async Task A_caller_that_gives_up_is_told_so_and_nothing_about_the_store()
    {
        using var giveUp = new CancellationTokenSource();
        await using var server = new FakeHttpServer(async (_, _, stopped) =>
        {
            await giveUp.CancelAsync();
            await Task.Delay(Timeout.Infinite, stopped);
        });
        using var store = StoreAt(server, TimeSpan.FromSeconds(30));
        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(
            async () => await store.PutAsync("key", Bodies.Whole([1]), PutCondition.None, giveUp.Token));
        Assert.Equal(giveUp.Token, exception.CancellationToken);
    }

    [Fact]
    public async Task A_connection_that_is_refused_is_a_store_that_is_not_available()
    {
        using var store = new S3ObjectStore(OptionsOf(new Uri($"http://127.0.0.1:{FreePort.Next()}")), TimeProvider.System);
        Assert.Equal(ObjectStoreFailure.Unavailable, await FailureOfAsync(store.HeadAsync("key", Cancellation)));
    }

    [Fact]
    public async Task A_name_that_does_not_exist_is_a_store_that_is_not_available()
    {
        using var store = new S3ObjectStore(OptionsOf(new Uri("http://no-such-host.invalid")), TimeProvider.System);
        Assert.Equal(ObjectStoreFailure.Unavailable, await FailureOfAsync(store.HeadAsync("key", Cancellation)));
    }

    [Fact]
    public async Task A_key_that_was_not_deleted_fails_the_delete_and_is_named()
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer(
            "200 OK", "<DeleteResult><Error><Key>left/over</Key><Code>AccessDenied</Code><Message>No.</Message></Error></DeleteResult>"));
        using var store = StoreAt(server);
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(async () => await store.DeleteAsync(["left/over", "gone"], Cancellation));
        Assert.Equal(ObjectStoreFailure.Denied, exception.Failure);
        Assert.Contains("left/over", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_key_that_was_not_there_counts_as_deleted()
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer(
            "200 OK", "<DeleteResult><Error><Key>missing</Key><Code>NoSuchKey</Code></Error></DeleteResult>"));
        using var store = StoreAt(server);
        await store.DeleteAsync(["missing"], Cancellation);
    }

    [Fact]
    public async Task Keys_of_others_that_break_the_rule_are_not_listed()
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer(
            "200 OK",
            """
            <ListBucketResult><IsTruncated>false</IsTruncated>
            <Contents><Key>folder/</Key><Size>0</Size><LastModified>2026-01-01T00:00:00Z</LastModified></Contents>
            <Contents><Key>ours</Key><Size>7</Size><LastModified>2026-01-01T00:00:00.123Z</LastModified></Contents>
            </ListBucketResult>
            """));
        using var store = StoreAt(server);
        var listed = Assert.Single(await store.ListAsync("", null, Cancellation).ToListAsync(Cancellation));
        Assert.Equal(new ObjectProperties("ours", 7, new DateTimeOffset(2026, 1, 1, 0, 0, 0, TimeSpan.Zero)), listed);
    }

    [Fact]
    public async Task One_call_is_one_request_however_it_ends()
    {
        var requests = 0;
        await using var server = new FakeHttpServer(_ =>
        {
            Interlocked.Increment(ref requests);
            return FakeHttpServer.Answer("500 Trouble");
        });
        using var store = StoreAt(server);
        await FailureOfAsync(store.ReadAsync("key", 0, new byte[1], Cancellation));
        Assert.Equal(1, requests);
    }

    [Fact]
    public async Task A_message_names_the_object_the_bucket_and_what_the_store_said()
    {
        await using var server = new FakeHttpServer(_ => FakeHttpServer.Answer("403 Forbidden", "<Error><Code>AccessDenied</Code><Message>Not you.</Message></Error>"));
        using var store = StoreAt(server);
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(
            async () => await store.PutAsync("some/key", Bodies.Whole([1]), PutCondition.None, Cancellation));
        Assert.Equal($"Cannot write the object 'some/key' to s3://bucket at http://{server.Address.Authority}: 403 AccessDenied: Not you.", exception.Message);
    }

    private static S3ObjectStore StoreAt(FakeHttpServer server, TimeSpan? timeout = null) =>
        new(OptionsOf(server.Address) with { RequestTimeout = timeout ?? TimeSpan.FromSeconds(30) }, TimeProvider.System);

    private static S3Options OptionsOf(Uri endpoint) => new()
    {
        Bucket = "bucket",
        Endpoint = endpoint,
        PathStyle = true,
        Credentials = new S3Credentials("access", "secret"),
    };

    private static Task<ObjectStoreFailure> FailureOfAsync(ValueTask operation) => FailureOfAsync(operation.AsTask());

    private static Task<ObjectStoreFailure> FailureOfAsync<T>(ValueTask<T> operation) => FailureOfAsync(operation.AsTask());

    private static async Task<ObjectStoreFailure> FailureOfAsync(Task operation) =>
        (await Assert.ThrowsAsync<ObjectStoreException>(() => operation)).Failure;
}
