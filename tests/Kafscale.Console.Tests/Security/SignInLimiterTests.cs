using Kafscale.Console.Security;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Console.Tests.Security;

public sealed class SignInLimiterTests
{
    private readonly FakeTimeProvider _time = new();
    private readonly SignInLimiter _limiter;

    public SignInLimiterTests() => _limiter = new SignInLimiter(_time);

    [Fact]
    public void An_address_waits_after_a_few_failures_until_a_minute_has_passed()
    {
        Fail("10.0.0.1", SignInLimiter.MaxFailures);

        Assert.Equal(TimeSpan.FromMinutes(1), _limiter.TimeToWait("10.0.0.1"));
        Assert.Equal(TimeSpan.Zero, _limiter.TimeToWait("10.0.0.2"));
        _time.Advance(TimeSpan.FromMinutes(1));
        Assert.Equal(TimeSpan.Zero, _limiter.TimeToWait("10.0.0.1"));
    }

    [Fact]
    public void Success_forgets_failures()
    {
        Fail("10.0.0.1", SignInLimiter.MaxFailures - 1);
        _limiter.OnSuccess("10.0.0.1");
        Fail("10.0.0.1", SignInLimiter.MaxFailures - 1);

        Assert.Equal(TimeSpan.Zero, _limiter.TimeToWait("10.0.0.1"));
    }

    [Fact]
    public void Many_addresses_together_have_a_limit()
    {
        for (var i = 0; i < SignInLimiter.MaxFailuresOfAll; i++)
        {
            Fail($"10.0.1.{i}", 1);
        }

        Assert.True(_limiter.TimeToWait("10.0.0.2") > TimeSpan.Zero);
    }

    private void Fail(string address, int times)
    {
        for (var i = 0; i < times; i++)
        {
            _limiter.OnFailure(address);
        }
    }
}
