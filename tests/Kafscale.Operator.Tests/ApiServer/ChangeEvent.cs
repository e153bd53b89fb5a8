using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What happened to an object at a resource version.</summary>
public sealed record ChangeEvent(long ResourceVersion, string Type, ObjectKey Key, JsonObject Object);
