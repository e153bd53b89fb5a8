namespace Kafscale.Operator.Brokers;

/// <summary>What the operator asks of a broker over HTTP.</summary>
internal interface IBrokerAdministration
{
    /// <summary>Has a broker hand over what it leads, and waits for that, half a minute at most.</summary>
    Task<DrainAnswer> DrainAsync(Uri broker, CancellationToken cancellationToken);

    /// <summary>Has it take its share again.</summary>
    /// <returns>Whether it said that it will.</returns>
    Task<bool> EndDrainAsync(Uri broker, CancellationToken cancellationToken);
}
