using System.Net.Security;
using Grpc.Net.Client;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Etcd;

/// <summary>One member of etcd, with the connection to it.</summary>
internal sealed class EtcdEndpoint : IDisposable
{
    // What etcd takes by default. Checked there, too; a larger message would only be sent in vain.
    private const int MaxSendBytes = 2 << 20;

    // A page of a range may hold many large values: one that is larger is asked for in smaller pages.
    private const int MaxReceiveBytes = 64 << 20;

    // So many endpoints that do not take connections can be passed over within one request.
    private const int ConnectionsPerRequest = 4;

    private readonly GrpcChannel _channel;

    public EtcdEndpoint(Uri address, EtcdOptions options, SslClientAuthenticationOptions tls, TimeProvider timeProvider)
    {
        Address = address.GetLeftPart(UriPartial.Authority);
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseCookies = false,
            // Only the settings decide where metadata goes, not a proxy variable in somebody's environment.
            UseProxy = false,
            ConnectCallback = new EtcdConnector(options.RequestTimeout / ConnectionsPerRequest, timeProvider).ConnectAsync,
            EnableMultipleHttp2Connections = true,
            KeepAlivePingDelay = options.KeepAliveInterval,
            KeepAlivePingTimeout = options.KeepAliveTimeout,
            // etcd counts pings on a connection without requests as abuse, however rare they are.
            KeepAlivePingPolicy = HttpKeepAlivePingPolicy.WithActiveRequests,
            SslOptions = tls,
        };
        _channel = GrpcChannel.ForAddress(
            Address,
            new GrpcChannelOptions
            {
                HttpHandler = handler,
                DisposeHttpClient = true,
                MaxSendMessageSize = MaxSendBytes,
                MaxReceiveMessageSize = MaxReceiveBytes,
                ThrowOperationCanceledOnCancellation = true,
            });
        var calls = _channel.CreateCallInvoker();
        Keys = new(calls);
        Leases = new(calls);
        Watches = new(calls);
        Authentication = new(calls);
        Maintenance = new(calls);
        Cluster = new(calls);
    }

    /// <summary>Where it is, for people.</summary>
    public string Address { get; }

    public KV.KVClient Keys { get; }

    public Lease.LeaseClient Leases { get; }

    public Watch.WatchClient Watches { get; }

    public Auth.AuthClient Authentication { get; }

    public Maintenance.MaintenanceClient Maintenance { get; }

    public Rpc.Cluster.ClusterClient Cluster { get; }

    public void Dispose() => _channel.Dispose();
}
