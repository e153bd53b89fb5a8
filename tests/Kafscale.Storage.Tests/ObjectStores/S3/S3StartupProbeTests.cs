using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Http;
using Kafscale.Testing.Rados;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Storage.Tests.ObjectStores.S3;

public sealed class S3StartupProbeTests(SharedRadosGateway shared)
{
    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_bucket_that_is_fit_passes_and_nothing_is_left_in_it()
    {
        var gateway = await shared.GetAsync();
        var options = await gateway.CreateBucketAsync();
        await ProbeAsync(options);
        using var store = new S3ObjectStore(options, TimeProvider.System);
        Assert.Empty(await store.ListAsync("", null, Cancellation).ToListAsync(Cancellation));
    }

    [Fact]
    public async Task A_bucket_that_does_not_exist_is_named()
    {
        var gateway = await shared.GetAsync();
        var options = gateway.OptionsOf("no-such-bucket");
        Assert.Equal(
            $"s3://no-such-bucket at http://{gateway.Endpoint.Authority}: the bucket does not exist. Create it, or set s3.bucket to another one.",
            await RefusalAsync(options));
    }

    [Fact]
    public async Task An_unknown_access_key_and_a_wrong_secret_key_are_told_apart()
    {
        var gateway = await shared.GetAsync();
        var options = await gateway.CreateBucketAsync();
        Assert.Contains("s3.access.key", await RefusalAsync(options with { Credentials = new S3Credentials("unknown", "secret") }), StringComparison.Ordinal);
        Assert.Contains(
            "s3.secret.key", await RefusalAsync(options with { Credentials = options.Credentials! with { SecretKey = "wrong" } }), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_of_somebody_else_is_one_without_permission()
    {
        var gateway = await shared.GetAsync();
        var options = await gateway.CreateBucketAsync() with { Credentials = await gateway.CreateUserAsync() };
        Assert.Contains(
            $"the credentials do not allow listing. Allow s3:ListBucket on arn:aws:s3:::{options.Bucket}.", await RefusalAsync(options), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nobody_listening_is_told_with_the_endpoint()
    {
        var endpoint = new Uri($"http://127.0.0.1:{FreePort.Next()}");
        var message = await RefusalAsync(FakeOptions(endpoint));
        Assert.StartsWith($"s3://bucket at {endpoint.OriginalString}: the store is not available. Check s3.endpoint.", message, StringComparison.Ordinal);
        Assert.Contains("Connection refused", message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_ignores_conditions_is_refused_and_its_object_deleted()
    {
        await using var fake = new FakeS3 { IgnoresConditions = true };
        Assert.Contains("the store ignores 'If-None-Match: *'", await RefusalAsync(FakeOptions(fake.Address)), StringComparison.Ordinal);
        Assert.Empty(fake.Keys);
    }

    [Fact]
    public async Task A_store_that_ignores_ranges_is_refused()
    {
        await using var fake = new FakeS3 { IgnoresRanges = true };
        Assert.Contains("range", await RefusalAsync(FakeOptions(fake.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_does_not_show_what_was_just_written_is_refused()
    {
        await using var fake = new FakeS3 { LosesObjects = true };
        Assert.Contains("strong consistency", await RefusalAsync(FakeOptions(fake.Address)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("PUT", "Allow s3:PutObject on arn:aws:s3:::bucket/*.")]
    [InlineData("GET /bucket/default", "Allow s3:GetObject on arn:aws:s3:::bucket/*.")]
    [InlineData("GET /bucket/?", "Allow s3:ListBucket on arn:aws:s3:::bucket.")]
    [InlineData("POST", "Allow s3:DeleteObject on arn:aws:s3:::bucket/*.")]
    public async Task A_missing_permission_is_named(string refused, string expected)
    {
        await using var fake = new FakeS3
        {
            Refusal = request => $"{request.Method} {request.Target}".StartsWith(refused, StringComparison.Ordinal)
                ? FakeS3.Error("403 Forbidden", "AccessDenied")
                : null,
        };
        Assert.Contains(expected, await RefusalAsync(FakeOptions(fake.Address)), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("403 Forbidden", "RequestTimeTooSkewed", "Set the clock.")]
    [InlineData("400 Bad Request", "ExpiredToken", "the session token has expired")]
    [InlineData("400 Bad Request", "AuthorizationHeaderMalformed", "the bucket is in another region than us-east-1. Set s3.region.")]
    [InlineData("301 Moved Permanently", "PermanentRedirect", "the bucket is in another region than us-east-1. Set s3.region.")]
    [InlineData("400 Bad Request", "KMS.NotFoundException", "Check s3.kms.arn.")]
    [InlineData("400 Bad Request", "InvalidRequest", "Because")]
    public async Task What_the_store_says_becomes_what_to_do(string status, string code, string expected)
    {
        await using var fake = new FakeS3 { Refusal = _ => FakeS3.Error(status, code) };
        Assert.Contains(expected, await RefusalAsync(FakeOptions(fake.Address)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_store_that_is_busy_for_a_moment_is_tried_again()
    {
        var requests = 0;
        await using var fake = new FakeS3
        {
            Refusal = _ => Interlocked.Increment(ref requests) <= 2 ? FakeS3.Error("503 Slow Down", "SlowDown") : null,
        };
        await ProbeAsync(FakeOptions(fake.Address));
        Assert.Empty(fake.Keys);
    }

    [Fact]
    public async Task A_store_that_hangs_is_not_waited_for_twice()
    {
        var requests = 0;
        var clock = new FakeTimeProvider();
        await using var server = new FakeHttpServer(async (_, _, stopped) =>
        {
            Interlocked.Increment(ref requests);
            clock.Advance(TimeSpan.FromSeconds(11));
            await Task.Delay(Timeout.Infinite, stopped);
        });
        Assert.Contains("no answer within 10 s", await RefusalAsync(FakeOptions(server.Address), clock), StringComparison.Ordinal);
        Assert.Equal(1, requests);
    }

    [Fact]
    public void A_file_of_authorities_that_cannot_be_used_is_found_at_once()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "ca.pem");
        Assert.Contains(file, Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);
        File.WriteAllText(file, "-----BEGIN NOTHING-----");
        Assert.Contains("no certificate", Assert.Throws<IOException>(() => Open()).Message, StringComparison.Ordinal);

        S3ObjectStore Open() => new(FakeOptions(new Uri("https://127.0.0.1")) with { CaFile = file }, TimeProvider.System);
    }

    private static S3Options FakeOptions(Uri address) =>
        new() { Bucket = "bucket", Endpoint = address, PathStyle = true, Credentials = new S3Credentials("access", "secret") };

    private static async Task<string> RefusalAsync(S3Options options, TimeProvider? timeProvider = null) =>
        (await Assert.ThrowsAsync<S3StartupException>(() => ProbeAsync(options, timeProvider))).Message;

    private static async Task ProbeAsync(S3Options options, TimeProvider? timeProvider = null)
    {
        using var store = new S3ObjectStore(options, timeProvider ?? TimeProvider.System);
        await new S3StartupProbe(store, options, "default", timeProvider ?? TimeProvider.System, new Random(1)).RunAsync(Cancellation);
    }
}
