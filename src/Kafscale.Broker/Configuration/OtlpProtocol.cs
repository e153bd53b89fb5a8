namespace Kafscale.Broker.Configuration;

/// <summary>The ways of the OpenTelemetry protocol.</summary>
public enum OtlpProtocol
{
    /// <summary>gRPC.</summary>
    Grpc,

    /// <summary>HTTP with protobuf.</summary>
    Http,
}
