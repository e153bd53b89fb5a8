using System.Globalization;
using Kafscale.Broker.Cluster;
using Kafscale.Protocol;

namespace Kafscale.Broker.Requests;

/// <summary>Whether a broker as it is named in a request about configurations is this one.</summary>
internal static class BrokerResource
{
    public static ApiError Check(string name, ClusterOptions options)
    {
        if (!int.TryParse(name, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var brokerId))
        {
            return new ApiError(ErrorCode.InvalidRequest, $"Broker id must be an integer, but it is: {name}");
        }

        return brokerId == options.NodeId
            ? ApiError.None
            : new ApiError(ErrorCode.InvalidRequest, $"Unexpected broker id, expected {options.NodeId} or empty string, but received {name}");
    }
}
