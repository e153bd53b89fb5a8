namespace Kafscale.Broker.Administration;

/// <summary>A broker that has a session.</summary>
/// <param name="BrokerId">Its id.</param>
/// <param name="Host">Where clients reach it.</param>
/// <param name="Port">The port there.</param>
/// <param name="Rack">Its rack; empty where it has none.</param>
/// <param name="IsDraining">Whether it hands over what it leads.</param>
/// <param name="IsImpaired">Whether it has lost the object store, and hands over what it leads where others have it.</param>
/// <param name="PartitionsLed">How many partitions it leads.</param>
public sealed record LiveBroker(int BrokerId, string Host, int Port, string Rack, bool IsDraining, bool IsImpaired, int PartitionsLed);
