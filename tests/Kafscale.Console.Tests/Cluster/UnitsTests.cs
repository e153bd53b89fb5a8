using CsCheck;
using Kafscale.Console.Cluster;

namespace Kafscale.Console.Tests.Cluster;

public sealed class UnitsTests
{
    [Theory]
    [InlineData(0.0, "0 B")]
    [InlineData(1023.0, "1023 B")]
    [InlineData(1536.0, "1.5 KiB")]
    [InlineData(134217728.0, "128 MiB")]
    public void Bytes_have_the_unit_that_reads_best(double bytes, string text) => Assert.Equal(text, Units.Bytes(bytes));

    [Theory]
    [InlineData("604800000", "7 d")]
    [InlineData("-1", "without limit")]
    [InlineData("9223372036854775807", "without limit")]
    [InlineData("9223372036854775", "365250 d 0 h")]
    [InlineData("250", "250 ms")]
    [InlineData("90000", "1 min 30 s")]
    [InlineData("soon", "–")]
    public void Settings_of_milliseconds_are_times(string setting, string text) => Assert.Equal(text, Units.Milliseconds(setting));

    [Fact]
    public void Every_number_can_be_shown() => Gen.Double.Sample(number =>
    {
        Units.Age(number);
        Units.Bytes(number);
        Units.Seconds(number);
        Units.Percent(number);
        Units.Dollars(number);
        Units.Rate(number);
    });

    [Fact]
    public void Every_setting_can_be_shown() => Gen.Long.Sample(number => Units.Milliseconds($"{number}"));
}
