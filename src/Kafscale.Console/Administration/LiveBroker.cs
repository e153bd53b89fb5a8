namespace Kafscale.Console.Administration;

/// <summary>A live broker, as another one knows it.</summary>
public sealed record LiveBroker(int BrokerId, string Host, int Port, string Rack);
