using System.Text.Json.Nodes;
using Kafscale.Operator.Kubernetes;

namespace Kafscale.Operator.Tests.Kubernetes;

public sealed class DifferencesTests
{
    [Theory]
    [InlineData("""{"a":1}""", """{"a":1,"b":2}""")]
    [InlineData("""{"a":{}}""", """{}""")]
    [InlineData("""{"a":[]}""", """{}""")]
    [InlineData("""{"ports":[{"name":"x","port":1}]}""", """{"ports":[{"name":"other","port":2},{"name":"x","port":1,"protocol":"TCP"}]}""")]
    [InlineData("""{"resources":{"requests":{"cpu":"1000m","memory":"1024Mi"}}}""", """{"resources":{"requests":{"cpu":"1","memory":"1Gi"}}}""")]
    public void What_is_as_wanted_has_no_difference(string wanted, string found) =>
        Assert.Null(Differences.Find(JsonNode.Parse(wanted), JsonNode.Parse(found)));

    [Theory]
    [InlineData("""{"a":1}""", """{"a":2}""", ".a")]
    [InlineData("""{"a":1}""", """{}""", ".a")]
    [InlineData("""{"a":{"b":"1"}}""", """{"a":"1"}""", ".a")]
    [InlineData("""{"args":["a","b"]}""", """{"args":["a","b","c"]}""", ".args")]
    [InlineData("""{"args":["a","b"]}""", """{"args":["b","a"]}""", ".args[0]")]
    [InlineData("""{"env":[{"name":"A","value":"1"}]}""", """{"env":[{"name":"A","value":"2"}]}""", ".env[A].value")]
    [InlineData("""{"requests":{"cpu":"1"}}""", """{"requests":{"cpu":"1m"}}""", ".requests.cpu")]
    public void What_is_not_as_wanted_is_named(string wanted, string found, string path) =>
        Assert.Equal(path, Differences.Find(JsonNode.Parse(wanted), JsonNode.Parse(found)));
}
