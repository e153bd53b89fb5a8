using System.Text.Json.Serialization;
using Kafscale.Broker.Administration;

namespace Kafscale.Cli.Running.Administration;

/// <summary>How long lists are written as JSON: on one line.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(TopicStoragePage))]
[JsonSerializable(typeof(TopicStorageDetails))]
[JsonSerializable(typeof(PartitionObjects))]
[JsonSerializable(typeof(CoordinatedGroupPage))]
internal sealed partial class ListJson : JsonSerializerContext;
