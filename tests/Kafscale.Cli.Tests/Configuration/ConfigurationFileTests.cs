using CsCheck;
using Kafscale.Cli.Configuration;
using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Configuration;

public sealed class ConfigurationFileTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();
    private readonly List<string> _problems = [];

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Dotted_and_nested_keys_are_the_same()
    {
        var values = Read("""
            flush.interval.ms: 100
            broker:
              addr: 127.0.0.1:9092
              id: 3
            s3:
              read.bucket: replica
            etcd.endpoints: [a, b]
            broker.rack: ""
            """);

        Assert.Empty(_problems);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["flush.interval.ms"] = "100",
                ["broker.addr"] = "127.0.0.1:9092",
                ["broker.id"] = "3",
                ["s3.read.bucket"] = "replica",
                ["etcd.endpoints"] = "a,b",
                ["broker.rack"] = "",
            },
            values);
    }

    [Fact]
    public void An_empty_file_sets_nothing()
    {
        Assert.Empty(Read("# nothing yet\n"));
        Assert.Empty(_problems);
    }

    [Theory]
    [InlineData("- a\n- b\n", "is not one mapping of settings to values")]
    [InlineData("broker.id: 1\n---\nbroker.id: 2\n", "is not one mapping of settings to values")]
    [InlineData("broker.id: [1\n", "is not valid YAML, near line")]
    [InlineData("broker.id: 1\nbroker:\n  id: 2\n", "is given twice, again in line 3")]
    [InlineData("broker.id: 1\nbroker.id: 2\n", "is not valid YAML, near line 2")]
    [InlineData("broker.id:\n", "has no value, in line 1")]
    [InlineData("? [a, b]\n: 1\n", "that is not the name of a setting")]
    [InlineData("a: &a\n  b: *a\n", "that is not the name of a setting")]
    public void What_is_wrong_with_a_file_is_told_with_its_line(string yaml, string expected)
    {
        Read(yaml);

        Assert.Contains(expected, Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_nested_without_end_is_a_problem()
    {
        Read(new string('[', 60_000));

        Assert.Contains("is not valid YAML", Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void A_file_that_is_not_there_is_a_problem()
    {
        Assert.Empty(ConfigurationFile.Read(_folder.File("none.yaml"), _problems));
        Assert.Contains("none.yaml cannot be read", Assert.Single(_problems), StringComparison.Ordinal);
    }

    [Fact]
    public void Whatever_is_in_a_file_it_is_read_or_named() =>
        Gen.String[Gen.Char["ab.: \n-[]{}&*#'\"|>!?0"], 0, 40].Sample(yaml => Read(yaml), iter: 2_000, threads: 1);

    private Dictionary<string, string> Read(string yaml)
    {
        var file = _folder.File("broker.yaml");
        File.WriteAllText(file, yaml);
        return ConfigurationFile.Read(file, _problems);
    }
}
