using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>What runs pods.</summary>
public interface IKubelet
{
    /// <summary>Sees to a pod: starts it, ends it, tells of its status.</summary>
    Task SyncAsync(JsonObject pod);
}
