using Kafscale.Console.Administration;
using Kafscale.Console.Cluster;

namespace Kafscale.Console.Api;

/// <summary>A broker, with what it says of itself over HTTP.</summary>
internal sealed record BrokerView(int Id, string Host, int Port, string Rack, int PartitionsLed, bool IsController, BrokerStatus? Status)
{
    public static BrokerView Of(BrokerSummary broker) =>
        new(broker.Id, broker.Host, broker.Port, broker.Rack, broker.PartitionsLed, broker.IsController, broker.Status);
}
