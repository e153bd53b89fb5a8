using System.Text.Json.Serialization;

namespace Kafscale.Console.Administration;

/// <summary>How brokers write JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(BrokerStatus))]
[JsonSerializable(typeof(BrokerProblem))]
[JsonSerializable(typeof(TopicStoragePage))]
[JsonSerializable(typeof(TopicStorageDetails))]
[JsonSerializable(typeof(CoordinatedGroupPage))]
[JsonSerializable(typeof(PartitionObjects))]
internal sealed partial class AdminJson : JsonSerializerContext;
