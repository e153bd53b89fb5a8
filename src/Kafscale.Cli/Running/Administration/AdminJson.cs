using System.Text.Json.Serialization;
using Kafscale.Broker.Administration;

namespace Kafscale.Cli.Running.Administration;

/// <summary>How answers are written as JSON.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, WriteIndented = true)]
[JsonSerializable(typeof(BrokerStatus))]
[JsonSerializable(typeof(DrainAnswer))]
[JsonSerializable(typeof(FlushAnswer))]
[JsonSerializable(typeof(HttpProblem))]
[JsonSerializable(typeof(LogLevelsAnswer))]
internal sealed partial class AdminJson : JsonSerializerContext;
