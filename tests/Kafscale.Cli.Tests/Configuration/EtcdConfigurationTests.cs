using Kafscale.Broker.Configuration;
using Kafscale.Metadata.Etcd;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class EtcdConfigurationTests
{
    [Fact]
    public void Endpoints_are_enough()
    {
        var configuration = Read(("etcd.endpoints", "http://etcd-0:2379, http://etcd-1:2379"));

        Assert.Equal("etcd at http://etcd-0:2379,http://etcd-1:2379", configuration.MetadataStore.ToString());
        Assert.Equal([new Uri("http://etcd-0:2379"), new Uri("http://etcd-1:2379")], configuration.Etcd!.Endpoints);
        Assert.Equal(new EtcdOptions { Endpoints = configuration.Etcd.Endpoints }, configuration.Etcd);
    }

    [Fact]
    public void Everything_that_is_set_arrives()
    {
        var etcd = Read(
            ("etcd.endpoints", "https://etcd:2379"), ("etcd.username", "kafscale"), ("etcd.password", "s3cr3t"), ("etcd.ca.file", "ca.pem"),
            ("etcd.cert.file", "cert.pem"), ("etcd.key.file", "key.pem"), ("etcd.request.timeout.ms", "1500"),
            ("etcd.keepalive.interval.ms", "20000"), ("etcd.keepalive.timeout.ms", "4000")).Etcd!;

        Assert.Equal(
            new EtcdOptions
            {
                Endpoints = etcd.Endpoints,
                Username = "kafscale",
                Password = "s3cr3t",
                CaFile = "ca.pem",
                CertificateFile = "cert.pem",
                KeyFile = "key.pem",
                RequestTimeout = TimeSpan.FromSeconds(1.5),
                KeepAliveInterval = TimeSpan.FromSeconds(20),
                KeepAliveTimeout = TimeSpan.FromSeconds(4),
            },
            etcd);
    }

    [Fact]
    public void Without_etcd_there_are_no_options_of_it() => Assert.Null(Read(("metadata", "sqlite:m.db")).Etcd);

    [Fact]
    public void One_of_the_two_metadata_stores_must_be_set() => Assert.Equal(
        [
            "metadata and etcd.endpoints are missing, so there is no place for metadata. Set --etcd-endpoints, KAFSCALE_ETCD_ENDPOINTS or "
            + "etcd.endpoints in the configuration file; or, for an installation of one broker, --metadata, KAFSCALE_METADATA or metadata in "
            + "the configuration file; valid: one of them.",
        ],
        Problems());

    [Theory]
    [InlineData("etcd:2379")]
    [InlineData("http://etcd:2379,")]
    [InlineData("http://etcd:2379/v3")]
    [InlineData("")]
    public void Endpoints_that_are_no_addresses_are_refused(string endpoints) => Assert.Equal(
        [$"--etcd-endpoints is \"{endpoints}\"; valid: http://HOST:PORT or https://HOST:PORT, several with commas between."],
        Problems(("etcd.endpoints", endpoints)));

    [Theory]
    [InlineData("etcd.username", "--etcd-password")]
    [InlineData("etcd.password", "--etcd-username")]
    public void A_user_and_a_password_come_together(string given, string missing)
    {
        var problem = Assert.Single(Problems(("etcd.endpoints", "http://etcd:2379"), (given, "x")));
        Assert.StartsWith($"{given} is set, but ", problem, StringComparison.Ordinal);
        Assert.Contains(missing, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void A_key_needs_its_certificate() => Assert.StartsWith(
        "etcd.key.file is set, but etcd.cert.file is not.",
        Assert.Single(Problems(("etcd.endpoints", "https://etcd:2379"), ("etcd.key.file", "key.pem"))),
        StringComparison.Ordinal);

    [Theory]
    [InlineData("etcd.ca.file")]
    [InlineData("etcd.cert.file")]
    public void What_is_about_TLS_needs_endpoints_with_TLS(string setting) => Assert.Equal(
        [$"{setting} is set, but http://b:2379 in etcd.endpoints is without TLS; valid: https:// for all of them."],
        Problems(("etcd.endpoints", "https://a:2379,http://b:2379"), (setting, "file.pem")));

    [Fact]
    public void What_is_about_etcd_needs_endpoints() => Assert.StartsWith(
        "etcd.username is set, but etcd.endpoints is not.",
        Assert.Single(Problems(("metadata", "sqlite:m.db"), ("etcd.username", "a"), ("etcd.request.timeout.ms", "5000"))),
        StringComparison.Ordinal);

    private static BrokerConfiguration Read(params (string Key, string Value)[] values) => BrokerConfigurationReader.Read(
        ServerRole.Broker,
        [ConfigurationSource.Flags(values.Append(("object.store", "file:o")).ToDictionary(pair => pair.Item1, pair => pair.Item2))]);

    private static IReadOnlyList<string> Problems(params (string Key, string Value)[] values) =>
        Assert.Throws<InvalidConfigurationException>(() => Read(values)).Problems;
}
