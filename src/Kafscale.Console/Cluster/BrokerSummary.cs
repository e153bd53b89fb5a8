using Kafscale.Console.Administration;

namespace Kafscale.Console.Cluster;

/// <summary>A broker.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Host">Where clients reach it.</param>
/// <param name="Port">The port there.</param>
/// <param name="Rack">Its rack; empty where it has none.</param>
/// <param name="PartitionsLed">How many partitions it leads.</param>
/// <param name="IsController">Whether it decides who leads what.</param>
/// <param name="Http">Where it answers over HTTP; null where it does not.</param>
/// <param name="Status">What it says of itself; null where it does not answer over HTTP.</param>
/// <param name="Rates">What its metrics tell; null where it does not answer over HTTP.</param>
public sealed record BrokerSummary(
    int Id, string Host, int Port, string Rack, int PartitionsLed, bool IsController, Uri? Http, BrokerStatus? Status, BrokerRates? Rates);
