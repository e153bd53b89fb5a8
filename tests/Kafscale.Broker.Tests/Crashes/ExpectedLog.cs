namespace Kafscale.Broker.Tests.Crashes;

/// <summary>What a client knows of a partition that it alone writes to.</summary>
internal sealed class ExpectedLog
{
    /// <summary>What is acknowledged, from offset 0 on.</summary>
    public List<string> Records { get; } = [];

    /// <summary>The batch that was sent and is not acknowledged: all of it is there, or nothing.</summary>
    public IReadOnlyList<string> OnItsWay { get; set; } = [];

    /// <summary>Everything before it was deleted for certain.</summary>
    public long MustStartAt { get; set; }

    /// <summary>Nothing from here on was asked to be deleted.</summary>
    public long MayStartAt { get; set; }

    public void AssertHolds(long logStartOffset, IReadOnlyList<string> values)
    {
        Assert.InRange(logStartOffset, MustStartAt, MayStartAt);
        var acknowledged = Records.Skip((int)logStartOffset).ToList();
        Assert.Equal(values.Count > acknowledged.Count ? [.. acknowledged, .. OnItsWay] : acknowledged, values);
    }
}
