using CsCheck;
using Kafscale.Broker.Configuration;
using Kafscale.Storage.ObjectStores.Decorators;
using Kafscale.Storage.ObjectStores.S3;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class S3ConfigurationTests
{
    [Fact]
    public void A_bucket_and_its_region_are_enough_for_Amazon_S3()
    {
        var configuration = Read(("s3.bucket", "records"), ("s3.region", "eu-central-1"));

        Assert.Equal("s3://records/default", configuration.ObjectStore.ToString());
        Assert.Equal(new StoreLocation(StoreKind.Sqlite, "m.db"), configuration.MetadataStore);
        Assert.Equal("default", configuration.S3!.Namespace);
        Assert.Equal(64, configuration.S3.Concurrency);
        Assert.Equal(
            new S3Options { Bucket = "records", Region = "eu-central-1", RequestTimeout = TimeSpan.FromSeconds(10), MaxConnections = 72 },
            configuration.S3.Bucket);
    }

    [Fact]
    public void Everything_that_is_set_arrives()
    {
        var configuration = Read(
            ("s3.bucket", "records"), ("s3.region", "local"), ("s3.endpoint", "https://minio.example:9000"), ("s3.path.style", "false"),
            ("s3.namespace", "team/blue"), ("s3.access.key", "a"), ("s3.secret.key", "s"), ("s3.session.token", "t"), ("s3.kms.arn", "arn:aws:kms:x"),
            ("s3.ca.file", "/etc/ca.pem"), ("s3.concurrency", "8"), ("s3.request.timeout.ms", "1500"));

        Assert.Equal("s3://records/team/blue", configuration.ObjectStore.ToString());
        Assert.Equal(
            new S3Options
            {
                Bucket = "records",
                Region = "local",
                Endpoint = new Uri("https://minio.example:9000"),
                Credentials = new S3Credentials("a", "s", "t"),
                KmsKeyArn = "arn:aws:kms:x",
                CaFile = "/etc/ca.pem",
                RequestTimeout = TimeSpan.FromSeconds(1.5),
                MaxConnections = 16,
            },
            configuration.S3!.Bucket);
    }

    [Fact]
    public void Without_a_read_bucket_there_is_no_replica() =>
        Assert.Null(Read(("s3.bucket", "records"), ("s3.region", "eu-central-1")).S3!.Replica);

    [Fact]
    public void A_replica_is_like_the_bucket_where_nothing_else_is_set()
    {
        var s3 = Read(
            ("s3.bucket", "records"), ("s3.region", "eu-central-1"), ("s3.read.bucket", "records-us"), ("s3.read.region", "us-east-1"),
            ("s3.access.key", "a"), ("s3.secret.key", "s"), ("s3.kms.arn", "arn:aws:kms:x")).S3!;
        Assert.Equal(s3.Bucket with { Bucket = "records-us", Region = "us-east-1", KmsKeyArn = null }, s3.Replica);
    }

    [Fact]
    public void A_replica_may_have_the_bucket_s_name_at_another_address()
    {
        var s3 = Read(("s3.bucket", "records"), ("s3.endpoint", "http://near:9000"), ("s3.read.bucket", "records"), ("s3.read.endpoint", "http://far:9000")).S3!;
        Assert.Equal(s3.Bucket with { Endpoint = new Uri("http://far:9000") }, s3.Replica);
    }

    [Fact]
    public void The_bucket_is_not_its_own_replica() => Assert.Equal(
        ["s3.read.bucket is the same bucket as s3.bucket; valid: a replica of it, or none."],
        Problems(("s3.bucket", "records"), ("s3.region", "eu-central-1"), ("s3.read.bucket", "records")));

    [Theory]
    [InlineData("s3.read.region", "us-east-1")]
    [InlineData("s3.read.endpoint", "http://far:9000")]
    public void Where_a_replica_is_said_to_be_belongs_to_a_read_bucket(string key, string value) => Assert.Equal(
        [$"{key} is set, but s3.read.bucket is not. Set --s3-read-bucket, KAFSCALE_S3_READ_BUCKET or s3.read.bucket in the configuration file."],
        Problems(("s3.bucket", "records"), ("s3.region", "eu-central-1"), (key, value)));

    [Fact]
    public void Prices_are_those_of_Amazon_where_no_others_are_set()
    {
        Assert.Equal(new ObjectStorePrices(), Read(("s3.bucket", "records"), ("s3.region", "us-east-1")).S3!.Prices);
        Assert.Equal(
            new ObjectStorePrices { PutPer1000 = 0.0054, GetPer1000 = 0, ReadPerGiB = 0.02 },
            Read(
                ("s3.bucket", "records"), ("s3.region", "eu-central-1"), ("s3.price.put.per.1000", "0.0054"), ("s3.price.get.per.1000", "0"),
                ("s3.price.read.per.gib", "0.02")).S3!.Prices);
    }

    [Theory]
    [InlineData("-1")]
    [InlineData("NaN")]
    [InlineData("1e9")]
    [InlineData("0,005")]
    [InlineData("free")]
    public void A_price_is_a_number_of_dollars(string price)
    {
        var problem = Assert.Single(Problems(("s3.bucket", "records"), ("s3.region", "us-east-1"), ("s3.price.put.per.1000", price)));
        Assert.Equal($"--s3-price-put-per-1000 is \"{price}\"; valid: a number of dollars, such as 0.005.", problem);
    }

    [Theory]
    [InlineData(null, true)]
    [InlineData("true", true)]
    [InlineData("false", false)]
    public void With_an_endpoint_path_style_is_the_default(string? given, bool expected)
    {
        List<(string, string)> values = [("s3.bucket", "records"), ("s3.endpoint", "http://127.0.0.1:9000")];
        if (given is not null)
            values.Add(("s3.path.style", given));
        Assert.Equal(expected, Read([.. values]).S3!.Bucket.PathStyle);
    }

    [Fact]
    public void Without_a_place_for_records_both_ways_to_give_one_are_named()
    {
        var problem = Assert.Single(Problems());
        Assert.StartsWith("object.store and s3.bucket are missing", problem, StringComparison.Ordinal);
        Assert.Contains("KAFSCALE_S3_BUCKET", problem, StringComparison.Ordinal);
        Assert.Contains("--object-store", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Without_an_endpoint_the_region_is_needed() =>
        Assert.StartsWith("s3.region is missing.", Assert.Single(Problems(("s3.bucket", "records"))), StringComparison.Ordinal);

    [Theory]
    [InlineData("s3.access.key", "s3.secret.key")]
    [InlineData("s3.secret.key", "s3.access.key")]
    public void Half_of_the_credentials_is_refused_and_not_shown(string given, string missing)
    {
        var problem = Assert.Single(Problems(("s3.bucket", "records"), ("s3.region", "r"), (given, "the-value")));
        Assert.StartsWith($"{given} is set, but {missing} is not.", problem, StringComparison.Ordinal);
        Assert.DoesNotContain("the-value", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_session_token_needs_the_key_that_it_belongs_to() =>
        Assert.StartsWith(
            "s3.session.token is set, but s3.access.key is not.",
            Assert.Single(Problems(("s3.bucket", "records"), ("s3.region", "r"), ("s3.session.token", "t"))),
            StringComparison.Ordinal);

    [Fact]
    public void Authorities_of_certificates_need_an_endpoint_with_TLS() => Assert.Equal(
        ["s3.ca.file is set, but s3.endpoint (http://minio:9000) is without TLS; valid: https://."],
        Problems(("s3.bucket", "records"), ("s3.endpoint", "http://minio:9000"), ("s3.ca.file", "ca.pem")));

    [Fact]
    public void S3_settings_without_a_bucket_do_not_pass_unnoticed() =>
        Assert.StartsWith(
            "s3.endpoint is set, but s3.bucket is not.",
            Assert.Single(Problems(("object.store", "file:o"), ("s3.endpoint", "http://127.0.0.1:9000"))),
            StringComparison.Ordinal);

    [Theory]
    [InlineData("s3.bucket", "No_Bucket")]
    [InlineData("s3.bucket", "s3://records")]
    [InlineData("s3.bucket", "ab")]
    [InlineData("s3.endpoint", "minio:9000")]
    [InlineData("s3.endpoint", "ftp://minio")]
    [InlineData("s3.endpoint", "http://minio/path")]
    [InlineData("s3.endpoint", "http://user:password@minio")]
    [InlineData("s3.namespace", "")]
    [InlineData("s3.namespace", "/default")]
    [InlineData("s3.namespace", "a/../b")]
    [InlineData("s3.concurrency", "3")]
    [InlineData("s3.request.timeout.ms", "0")]
    public void A_wrong_value_is_named(string key, string value)
    {
        List<(string, string)> values = [("s3.region", "r"), (key, value)];
        if (key != "s3.bucket")
            values.Add(("s3.bucket", "records"));
        Assert.StartsWith($"--{key.Replace('.', '-')} is \"{value}\"; valid: ", Assert.Single(Problems([.. values])), StringComparison.Ordinal);
    }

    [Fact]
    public void Secrets_are_not_part_of_the_configurations_text()
    {
        var configuration = Read(
            ("s3.bucket", "records"), ("s3.region", "r"), ("s3.access.key", "the-access"), ("s3.secret.key", "the-secret"), ("s3.session.token", "the-token"));
        Assert.DoesNotContain("the-", $"{configuration}", StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_set_about_S3_is_taken_or_named() =>
        Gen.OneOf(BrokerSettings.All.Where(setting => setting.Key.StartsWith("s3.", StringComparison.Ordinal)).ToArray())
            .Select(Gen.OneOf(Gen.String, Gen.String[Gen.Char["0123456789:/.-abchtps"], 0, 20]))
            .List[0, 5]
            .Sample(
                values =>
                {
                    try
                    {
                        Read([.. values.DistinctBy(pair => pair.Item1).Select(pair => (pair.Item1.Key, pair.Item2))]);
                    }
                    catch (InvalidConfigurationException e)
                    {
                        Assert.NotEmpty(e.Problems);
                    }
                },
                iter: 5_000);

    private static BrokerConfiguration Read(params (string Key, string Value)[] values) => BrokerConfigurationReader.Read(
        ServerRole.Broker,
        [ConfigurationSource.Flags(values.Append(("metadata", "sqlite:m.db")).ToDictionary(pair => pair.Item1, pair => pair.Item2))]);

    private static IReadOnlyList<string> Problems(params (string Key, string Value)[] values) =>
        Assert.Throws<InvalidConfigurationException>(() => Read(values)).Problems;
}
