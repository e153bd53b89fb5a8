using CsCheck;
using Kafscale.Cli.Parsing;
using Kafscale.Clients.Parsing;

namespace Kafscale.Cli.Tests.Parsing;

public sealed class TimeTextTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("now", "2026-03-01T12:00:00Z")]
    [InlineData("-10m", "2026-03-01T11:50:00Z")]
    [InlineData("-1h30m", "2026-03-01T10:30:00Z")]
    [InlineData("-1.5h", "2026-03-01T10:30:00Z")]
    [InlineData("-2d", "2026-02-27T12:00:00Z")]
    [InlineData("-PT2H", "2026-03-01T10:00:00Z")]
    [InlineData("-250ms", "2026-03-01T11:59:59.75Z")]
    [InlineData("2026-02-03", "2026-02-03T00:00:00Z")]
    [InlineData("2026-02-03T04:05:06", "2026-02-03T04:05:06Z")]
    [InlineData("2026-02-03T04:05:06+02:00", "2026-02-03T02:05:06Z")]
    [InlineData("@1772366400000", "2026-03-01T12:00:00Z")]
    public void Times_are_read_as_people_write_them(string text, string expected)
    {
        Assert.True(TimeText.TryParse(text, Now, out var time));
        Assert.Equal(DateTimeOffset.Parse(expected, System.Globalization.CultureInfo.InvariantCulture), time);
    }

    [Theory]
    [InlineData("")]
    [InlineData("-")]
    [InlineData("-10")]
    [InlineData("-m")]
    [InlineData("-10x")]
    [InlineData("-1..5h")]
    [InlineData("-9999999999999w")]
    [InlineData("-3000w")]
    [InlineData("@")]
    [InlineData("@-1")]
    [InlineData("@99999999999999999")]
    [InlineData("12:30")]
    [InlineData("1969-01-01")]
    [InlineData("tomorrow")]
    public void Nothing_else_is_a_time(string text) => Assert.False(TimeText.TryParse(text, Now, out _));

    [Fact]
    public void Whatever_is_written_is_a_time_or_none_and_nothing_is_thrown() =>
        Gen.String[Gen.Char["-@0123456789.:TZPhmsdw+ é"], 0, 20].Sample(text =>
        {
            if (TimeText.TryParse(text, Now, out var time))
            {
                Assert.True(time >= DateTimeOffset.UnixEpoch);
            }
        });

    [Fact]
    public void A_duration_in_units_is_their_sum() =>
        Gen.Select(Gen.Int[0, 1000], Gen.Int[0, 59], Gen.Int[0, 59], Gen.Int[0, 999]).Sample((hours, minutes, seconds, ms) =>
        {
            Assert.True(DurationText.TryParse($"{hours}h{minutes}m{seconds}s{ms}ms", out var duration));
            Assert.Equal(new TimeSpan(0, hours, minutes, seconds, ms), duration);
        });
}
