using Kafscale.Console.Security;

namespace Kafscale.Console.Tests.Security;

public sealed class PasswordCheckTests
{
    [Fact]
    public void Only_the_right_password_matches_also_after_it_was_written_down()
    {
        var check = PasswordCheck.Parse(PasswordCheck.OfPassword("correct horse").ToString());

        Assert.True(check.Matches("correct horse"));
        Assert.False(check.Matches("correct horse "));
        Assert.False(check.Matches(""));
    }

    [Fact]
    public void The_same_password_has_another_hash_each_time() =>
        Assert.NotEqual(PasswordCheck.OfPassword("x").ToString(), PasswordCheck.OfPassword("x").ToString());

    [Theory]
    [InlineData("")]
    [InlineData("secret")]
    [InlineData("pbkdf2-sha256$0$AAAA$AAAA")]
    [InlineData("pbkdf2-sha256$1000$AAAA$AAAA")]
    [InlineData("pbkdf2-sha256$1000$%%$AAAA")]
    public void What_is_no_hash_is_refused(string text) => Assert.Throws<FormatException>(() => PasswordCheck.Parse(text));
}
