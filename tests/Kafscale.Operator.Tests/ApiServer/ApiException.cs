using System.Text.Json.Nodes;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>A request that is answered with a Status.</summary>
public sealed class ApiException(int code, string reason, string message) : Exception(message)
{
    public int Code => code;

    public JsonObject ToStatus() => new()
    {
        ["kind"] = "Status",
        ["apiVersion"] = "v1",
        ["metadata"] = new JsonObject(),
        ["status"] = "Failure",
        ["message"] = Message,
        ["reason"] = reason,
        ["code"] = code,
    };

    public static ApiException NotFound(ObjectKey key) => new(404, "NotFound", $"{key.Plural} \"{key.Name}\" not found");

    public static ApiException Conflict(string message) => new(409, "Conflict", message);

    public static ApiException Invalid(string message) => new(422, "Invalid", message);
}
