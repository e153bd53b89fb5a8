using System.Text.RegularExpressions;
using CsCheck;
using Kafscale.Broker.Cluster;

namespace Kafscale.Broker.Tests.Cluster;

public sealed class TopicNamesTests
{
    [Fact]
    public void A_name_is_valid_exactly_by_the_rule_of_Kafka()
    {
        var valid = new Regex(@"\A(?!\.{1,2}\z)[a-zA-Z0-9._-]{1,249}\z");
        var likely = Gen.Char["abzABZ059._-\u00e9/ \n\0"].Array[0, 260].Select(characters => new string(characters));
        var mostlyValid = Gen.Char["az._-"].Array[0, 260].Select(characters => new string(characters));

        Gen.OneOf(Gen.String, likely, mostlyValid).Sample(name => Assert.Equal(valid.IsMatch(name), TopicNames.FindFault(name) is null));
    }

    [Theory]
    [InlineData("a.b", "a_b", true)]
    [InlineData("a_b.c", "a.b_c", true)]
    [InlineData("a.b", "a.c", false)]
    [InlineData("ab", "ab", false)]
    public void Names_collide_where_they_differ_in_dots_and_underscores_only(string one, string other, bool expected) =>
        Assert.Equal(expected, TopicNames.CollisionKey(one) is { } key && key == TopicNames.CollisionKey(other));
}
