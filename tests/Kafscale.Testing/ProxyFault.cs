namespace Kafscale.Testing;

/// <summary>One thing that goes wrong with some of the requests that come through a <see cref="FaultProxy"/>.</summary>
/// <param name="Kind">What goes wrong.</param>
public sealed record ProxyFault(ProxyFaultKind Kind)
{
    /// <summary>The only operation that it happens to; null: all.</summary>
    public ProxiedOperation? Operation { get; init; }

    /// <summary>What the path contains of those that it happens to. Keys of a deletion of several objects are not in its path.</summary>
    public string PathPart { get; init; } = "";

    /// <summary>How many of them it happens to: from 0 (none) to 1 (all).</summary>
    public double Share { get; init; } = 1;

    /// <summary>How long <see cref="ProxyFaultKind.Delay"/>, <see cref="ProxyFaultKind.AnswerLate"/> and <see cref="ProxyFaultKind.ApplyLate"/> wait; the median where <see cref="P99"/> is greater.</summary>
    public TimeSpan Duration { get; init; }

    /// <summary>One wait in a hundred is longer, and waits are distributed lognormally; zero: all waits are the same.</summary>
    public TimeSpan P99 { get; init; }
}
