using Kafscale.Storage.ObjectStores.S3;
using Kafscale.Testing;
using Kafscale.Testing.Http;
using Kafscale.Testing.Rados;

[assembly: AssemblyFixture(typeof(SharedRadosGateway))]

namespace Kafscale.Cli.Tests;

/// <summary>The built executable with its records in S3.</summary>
public sealed class S3ExecutableTests(SharedRadosGateway shared)
{
    [Fact]
    public async Task A_broker_is_ready_on_a_bucket_and_says_where_its_data_is()
    {
        var bucket = await (await shared.GetAsync()).CreateBucketAsync();
        await using var broker = await BrokerProcess.StartOnS3Async(bucket, ["--s3-namespace", "team/blue"]);

        Assert.Contains($"data in s3://{bucket.Bucket}/team/blue.", broker.ReadyLine, StringComparison.Ordinal);
        Assert.Equal(0, await broker.StopAsync());
        Assert.Equal(broker.ReadyLine + "\n", broker.Output);
    }

    [Fact]
    public async Task A_second_broker_on_the_same_metadata_does_not_start()
    {
        var bucket = await (await shared.GetAsync()).CreateBucketAsync();
        await using var broker = await BrokerProcess.StartOnS3Async(bucket);

        Assert.Contains("is in use by another Kafscale process", await RefusalAsync(bucket, broker.DataDirectory), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_bucket_that_is_missing_stops_the_start_with_one_line()
    {
        var bucket = (await shared.GetAsync()).OptionsOf("no-such-bucket");

        Assert.Equal(
            $"kafscale broker could not start: s3://no-such-bucket at {bucket.Endpoint!.OriginalString}: the bucket does not exist. "
            + "Create it, or set s3.bucket to another one.\n",
            await RefusalAsync(bucket));
    }

    [Fact]
    public async Task A_replica_that_does_not_exist_stops_the_start_and_one_that_does_not_answer_does_not()
    {
        var bucket = await (await shared.GetAsync()).CreateBucketAsync();
        var refusal = await RefusalAsync(bucket, moreVariables: new() { ["KAFSCALE_S3_READ_BUCKET"] = "no-such-replica" });
        Assert.StartsWith(
            $"kafscale broker could not start: the replica s3://no-such-replica at {bucket.Endpoint!.OriginalString} can not be read. Check s3.read.bucket",
            refusal,
            StringComparison.Ordinal);

        await using var broker = await BrokerProcess.StartOnS3Async(
            bucket, ["--s3-read-bucket", "replica", "--s3-read-endpoint", "http://127.0.0.1:1", "--broker-rack", "far"]);
        Assert.Equal(0, await broker.StopAsync());
    }

    [Fact]
    public async Task A_store_that_ignores_conditions_stops_the_start()
    {
        await using var fake = new FakeS3 { IgnoresConditions = true };

        Assert.Contains("the store ignores 'If-None-Match: *'", await RefusalAsync(OptionsOf(fake)), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_credentials_it_says_where_they_are_looked_for()
    {
        await using var fake = new FakeS3();

        Assert.Contains(
            "there are no credentials. Set s3.access.key and s3.secret.key, or give the SDK what it looks for",
            await RefusalAsync(OptionsOf(fake) with { Credentials = null }),
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_credentials_of_the_environment_are_found()
    {
        var bucket = await (await shared.GetAsync()).CreateBucketAsync();
        var refusal = await RefusalAsync(
            bucket with { Credentials = null },
            moreVariables: new() { ["AWS_ACCESS_KEY_ID"] = bucket.Credentials!.AccessKey, ["AWS_SECRET_ACCESS_KEY"] = "wrong" });

        // The gateway knew the key, and the secret key was the wrong one.
        Assert.Contains("the store does not accept the signature", refusal, StringComparison.Ordinal);
    }

    private static S3Options OptionsOf(FakeS3 fake) => new() { Bucket = "bucket", Endpoint = fake.Address, Credentials = new S3Credentials("a", "s") };

    private static async Task<string> RefusalAsync(
        S3Options bucket, string? dataDirectory = null, Dictionary<string, string>? moreVariables = null)
    {
        using var folder = new TemporaryFolder();
        var variables = new Dictionary<string, string>(moreVariables ?? [])
        {
            ["AWS_EC2_METADATA_DISABLED"] = "true",
            ["HOME"] = folder.Path,
        };
        string[] credentials = bucket.Credentials is { } given ? ["--s3-access-key", given.AccessKey, "--s3-secret-key", given.SecretKey] : [];
        var (exitCode, output) = await RunningProcess.RunAsync(
            BrokerProcess.Executable,
            [
                "broker", "--metadata", $"sqlite:{dataDirectory ?? folder.Path}/metadata.db", "--s3-bucket", bucket.Bucket, "--s3-endpoint", bucket.Endpoint!.OriginalString,
                "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0", .. credentials,
            ],
            TimeSpan.FromSeconds(60),
            variables);
        Assert.Equal(1, exitCode);
        return output;
    }
}
