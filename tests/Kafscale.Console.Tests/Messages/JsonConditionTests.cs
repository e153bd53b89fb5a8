using System.Text;
using CsCheck;
using Kafscale.Console.Messages;

namespace Kafscale.Console.Tests.Messages;

public sealed class JsonConditionTests
{
    private const string Order = """{"user":{"id":42,"name":"Ann","tags":["new","vip"]},"items":[{"sku":"A","price":9.5},{"sku":"B","price":20}],"a b":null,"open":true}""";

    [Theory]
    [InlineData("$")]
    [InlineData("$.user.id")]
    [InlineData("$.user.id = 42")]
    [InlineData("$.user.id=42.0")]
    [InlineData("$.user.id >= 42")]
    [InlineData("$.user.name = 'Ann'")]
    [InlineData("$.user.name ~ an")]
    [InlineData("$.user.tags[1] = vip")]
    [InlineData("$.user.tags[*] = new")]
    [InlineData("$.items[*].price > 10")]
    [InlineData("$['a b'] = null")]
    [InlineData("$.open = true")]
    [InlineData("$.user.name != Bob")]
    public void It_holds(string condition) => Assert.True(JsonCondition.Parse(condition).Matches(Encoding.UTF8.GetBytes(Order)));

    [Theory]
    [InlineData("$.user.id = 43")]
    [InlineData("$.user.nobody")]
    [InlineData("$.user.id.deeper")]
    [InlineData("$.items[2]")]
    [InlineData("$.items[*].price > 100")]
    [InlineData("$.user.name = ann")]
    public void It_does_not_hold(string condition) => Assert.False(JsonCondition.Parse(condition).Matches(Encoding.UTF8.GetBytes(Order)));

    [Theory]
    [InlineData("")]
    [InlineData("user.id")]
    [InlineData("$.")]
    [InlineData("$[")]
    [InlineData("$[a]")]
    [InlineData("$.a maybe 3")]
    public void What_is_no_condition_is_refused(string text) => Assert.Throws<FormatException>(() => JsonCondition.Parse(text));

    [Fact]
    public void No_text_makes_parsing_fail_in_another_way() =>
        Gen.String.Sample(text =>
        {
            try
            {
                JsonCondition.Parse("$" + text).Matches(Encoding.UTF8.GetBytes(Order));
            }
            catch (FormatException)
            {
                // That is how it says so.
            }
        });

    [Fact]
    public void What_is_no_json_matches_nothing() => Assert.False(JsonCondition.Parse("$").Matches("{"u8.ToArray()));
}
