using Kafscale.Broker.Groups.Consumer;

namespace Kafscale.Broker.Tests.Groups.Consumer;

public sealed class SubscriptionPatternTests
{
    [Theory]
    [InlineData("orders", "orders", true)]
    [InlineData("orders", "orders2", false)]
    [InlineData("order", "orders", false)]
    [InlineData("^orders-.*", "orders-eu", true)]
    [InlineData("orders|payments", "payments", true)]
    [InlineData("orders|payments", "payments2", false)]
    [InlineData("(?i)ORDERS", "orders", true)]
    [InlineData("(?P<region>eu|us)-.+", "eu-orders", true)]
    [InlineData(@"t\d{2}", "t07", true)]
    public void A_pattern_stands_for_topics_whose_whole_name_it_matches(string text, string topic, bool isMatch)
    {
        Assert.True(SubscriptionPattern.TryParse(text, out var pattern, out _));
        Assert.Equal(isMatch, pattern.Matches(topic));
    }

    [Theory]
    [InlineData("[")]
    [InlineData("a)|(b")]
    [InlineData("(?=a)a")]
    [InlineData(@"(a)\1")]
    [InlineData("[[:alpha:]]+")]
    [InlineData("(a{1000}){1000}")]
    [InlineData(@"\u0041")]
    public void What_is_no_pattern_or_cannot_be_matched_in_linear_time_is_refused(string text)
    {
        Assert.False(SubscriptionPattern.TryParse(text, out _, out var fault));
        Assert.NotEmpty(fault);
    }

    [Fact]
    public void A_pattern_is_refused_beyond_a_length()
    {
        Assert.True(SubscriptionPattern.TryParse(new string('a', SubscriptionPattern.MaxLength), out _, out _));
        Assert.False(SubscriptionPattern.TryParse(new string('a', SubscriptionPattern.MaxLength + 1), out _, out _));
    }

    [Fact]
    public void A_pattern_of_many_characters_that_no_name_has_is_refused()
    {
        Assert.True(SubscriptionPattern.TryParse(ForeignCharacters(32), out _, out _));
        Assert.False(SubscriptionPattern.TryParse(ForeignCharacters(33), out _, out _));
    }

    private static string ForeignCharacters(int count) => new([.. Enumerable.Range(0, count).Select(number => (char)('\u4e00' + number))]);
}
