namespace Kafscale.Console.Administration;

/// <summary>What a broker has told over HTTP.</summary>
/// <param name="Address">Where.</param>
/// <param name="Status">Null where it has not answered.</param>
/// <param name="Rates">Null where it has not answered.</param>
internal sealed record BrokerLook(Uri Address, BrokerStatus? Status, BrokerRates? Rates);
