using System.Buffers.Binary;
using Kafscale.Protocol.Records;
using Kafscale.Storage.ObjectStores;
using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing.Http;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

/// <summary>What the store sends, seen by a server that answers everything with yes.</summary>
public sealed class S3RequestTests
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_put_sends_the_body_as_it_is_with_its_checksum()
    {
        var body = Bodies.Random(300_000);
        var request = await PutAsync(Options, Bodies.InSegments(body, 1000), PutCondition.IfNoneMatch);
        Assert.Equal(("PUT", "/bucket/some/key"), (request.Method, request.Target));
        Assert.Equal(body, request.Body);
        Assert.Equal("*", request.Headers["If-None-Match"]);
        var checksum = new byte[4];
        BinaryPrimitives.WriteUInt32BigEndian(checksum, Crc32C.Compute(body));
        Assert.Equal(Convert.ToBase64String(checksum), request.Headers["x-amz-checksum-crc32c"]);
        Assert.DoesNotContain("x-amz-trailer", request.Headers.Keys);
        Assert.DoesNotContain("Content-Encoding", request.Headers.Keys);
    }

    [Fact]
    public async Task A_put_without_a_condition_has_none() =>
        Assert.DoesNotContain("If-None-Match", (await PutAsync(Options, Bodies.Whole([1]), PutCondition.None)).Headers.Keys);

    [Fact]
    public async Task Every_put_names_the_key_that_the_store_encrypts_with()
    {
        const string Arn = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
        var request = await PutAsync(Options with { KmsKeyArn = Arn }, Bodies.Whole([1]), PutCondition.None);
        Assert.Equal("aws:kms", request.Headers["x-amz-server-side-encryption"]);
        Assert.Equal(Arn, request.Headers["x-amz-server-side-encryption-aws-kms-key-id"]);
    }

    [Fact]
    public async Task Without_a_key_the_bucket_decides_about_encryption() =>
        Assert.DoesNotContain(
            (await PutAsync(Options, Bodies.Whole([1]), PutCondition.None)).Headers.Keys,
            name => name.Contains("encryption", StringComparison.OrdinalIgnoreCase));

    [Fact]
    public async Task A_session_token_is_sent()
    {
        var request = await PutAsync(Options with { Credentials = new S3Credentials("access", "secret", "token") }, Bodies.Whole([1]), PutCondition.None);
        Assert.Equal("token", request.Headers["x-amz-security-token"]);
    }

    [Theory]
    [InlineData(null, "/us-east-1/")]
    [InlineData("eu-north-1", "/eu-north-1/")]
    public async Task Requests_are_signed_for_the_region(string? region, string expected)
    {
        var request = await PutAsync(Options with { Region = region }, Bodies.Whole([1]), PutCondition.None);
        Assert.Contains(expected, request.Headers["Authorization"], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_path_style_the_bucket_is_part_of_the_host()
    {
        var options = Options with { Endpoint = new Uri("http://no-such-host.invalid"), PathStyle = false };
        using var store = new S3ObjectStore(options, TimeProvider.System);
        var exception = await Assert.ThrowsAsync<ObjectStoreException>(
            async () => await store.PutAsync("some/key", Bodies.Whole([1]), PutCondition.None, Cancellation));
        Assert.Contains("bucket.no-such-host.invalid", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Up_to_a_thousand_keys_are_deleted_by_one_request()
    {
        var requests = new List<FakeHttpRequest>();
        await using var server = new FakeHttpServer(request =>
        {
            requests.Add(request);
            return FakeHttpServer.Answer("200 OK", "<DeleteResult/>");
        });
        using var store = new S3ObjectStore(Options with { Endpoint = server.Address }, TimeProvider.System);
        await store.DeleteAsync([.. Enumerable.Range(0, 1000).Select(number => $"key/{number}")], Cancellation);
        var request = Assert.Single(requests);
        Assert.Contains("<Key>key/999</Key>", System.Text.Encoding.UTF8.GetString(request.Body), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Deleting_nothing_sends_nothing()
    {
        await using var server = new FakeHttpServer(_ => throw new InvalidOperationException("A request was sent."));
        using var store = new S3ObjectStore(Options with { Endpoint = server.Address }, TimeProvider.System);
        await store.DeleteAsync([], Cancellation);
    }

    [Fact]
    public void Secrets_are_never_part_of_a_text()
    {
        var options = Options with { Credentials = new S3Credentials("the-access", "the-secret", "the-token") };
        Assert.DoesNotContain("the-", $"{options} {options.Credentials}", StringComparison.Ordinal);
    }

    private static S3Options Options { get; } = new() { Bucket = "bucket", PathStyle = true, Credentials = new S3Credentials("access", "secret") };

    private static async Task<FakeHttpRequest> PutAsync(S3Options options, System.Buffers.ReadOnlySequence<byte> body, PutCondition condition)
    {
        FakeHttpRequest? seen = null;
        await using var server = new FakeHttpServer(request =>
        {
            seen = request;
            return FakeHttpServer.Answer("200 OK");
        });
        using var store = new S3ObjectStore(options with { Endpoint = server.Address }, TimeProvider.System);
        await store.PutAsync("some/key", body, condition, Cancellation);
        return seen!;
    }
}
