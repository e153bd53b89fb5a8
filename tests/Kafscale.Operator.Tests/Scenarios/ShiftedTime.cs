namespace Kafscale.Operator.Tests.Scenarios;

/// <summary>The system's time, and some more of it; timers go by the system's.</summary>
internal sealed class ShiftedTime : TimeProvider
{
    public TimeSpan Shift { get; set; }

    public override DateTimeOffset GetUtcNow() => base.GetUtcNow() + Shift;
}
