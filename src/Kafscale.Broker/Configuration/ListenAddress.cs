using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Kafscale.Broker.Configuration;

/// <summary>A host and a port to listen on or to connect to.</summary>
/// <param name="Host">A name or IP address, without brackets; empty means all interfaces.</param>
/// <param name="Port">0 to 65535; 0 means that the system chooses.</param>
public sealed record ListenAddress(string Host, int Port)
{
    /// <summary>Whether every interface of the machine is meant, so that no client could connect to <see cref="Host"/>.</summary>
    public bool IsAnyInterface =>
        Host.Length == 0 || (IPAddress.TryParse(Host, out var address) && (address.Equals(IPAddress.Any) || address.Equals(IPAddress.IPv6Any)));

    /// <summary>Whether both cannot be listened on at once, by what is written; names may turn out to mean one address nevertheless.</summary>
    internal bool Overlaps(ListenAddress other) =>
        Port != 0 && Port == other.Port && (IsAnyInterface || other.IsAnyInterface || string.Equals(Host, other.Host, StringComparison.OrdinalIgnoreCase));

    /// <summary>Reads <c>HOST:PORT</c>, <c>[IPV6]:PORT</c> or <c>:PORT</c>.</summary>
    /// <exception cref="FormatException">It is none of these.</exception>
    public static ListenAddress Parse(string text)
    {
        var colon = text.LastIndexOf(':');
        if (colon < 0 || !int.TryParse(text.AsSpan(colon + 1), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port > ushort.MaxValue)
        {
            throw new FormatException();
        }

        var host = text[..colon];
        if (host.StartsWith('[') && host.EndsWith(']') && IPAddress.TryParse(host, out _))
        {
            host = host[1..^1];
        }
        else if (host.Length > 0 && Uri.CheckHostName(host) is not (UriHostNameType.Dns or UriHostNameType.IPv4))
        {
            throw new FormatException();
        }

        return new ListenAddress(host, port);
    }

    /// <summary>The address to bind a socket to; an IPv4 one is preferred where a name has several.</summary>
    /// <exception cref="SocketException">The host is not known.</exception>
    public async Task<IPEndPoint> ResolveAsync(CancellationToken cancellationToken)
    {
        if (Host.Length == 0)
        {
            return new IPEndPoint(Socket.OSSupportsIPv6 ? IPAddress.IPv6Any : IPAddress.Any, Port);
        }

        var addresses = await Dns.GetHostAddressesAsync(Host, cancellationToken);
        var address = Array.Find(addresses, candidate => candidate.AddressFamily == AddressFamily.InterNetwork) ?? addresses[0];
        return new IPEndPoint(address, Port);
    }

    /// <inheritdoc/>
    public override string ToString() =>
        Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]:{Port}" : $"{Host}:{Port}";
}
