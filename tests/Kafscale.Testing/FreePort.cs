using System.Net;
using System.Net.Sockets;

namespace Kafscale.Testing;

/// <summary>Finds loopback ports that a test can listen on, and again after a restart.</summary>
public static class FreePort
{
    // Below the range from which systems take the ports of outgoing connections, so that no client's
    // connection can take the port between two starts of a broker.
    private const int FirstPort = 10_000;
    private const int PortCount = 20_000;

    private static readonly HashSet<int> Taken = [];

    /// <summary>A loopback TCP port that nobody listens on and that this process has not been given before.</summary>
    public static int Next()
    {
        lock (Taken)
        {
            while (Taken.Count < PortCount)
            {
                var port = FirstPort + Random.Shared.Next(PortCount);
                if (Taken.Add(port) && IsFree(port))
                {
                    return port;
                }
            }
        }

        throw new InvalidOperationException($"No port from {FirstPort} on is free.");
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
