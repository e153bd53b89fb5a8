namespace Kafscale.Broker.Groups;

/// <summary>Where clients reach a coordinator.</summary>
internal readonly record struct CoordinatorEndpoint(int BrokerId, string Host, int Port);
