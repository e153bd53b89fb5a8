using System.Net;

namespace Kafscale.Broker.Network;

/// <summary>A place where clients connect.</summary>
/// <param name="Name">The listener's name, as in Kafka's <c>listeners</c>: <c>PLAINTEXT</c> and the like.</param>
/// <param name="EndPoint">Address and port; port 0 for any free one.</param>
public sealed record KafkaListenerOptions(string Name, IPEndPoint EndPoint);
