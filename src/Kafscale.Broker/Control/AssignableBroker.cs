namespace Kafscale.Broker.Control;

/// <summary>A broker that may be given something to lead.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Rack">Its rack; empty where it has none.</param>
internal readonly record struct AssignableBroker(int Id, string Rack);
