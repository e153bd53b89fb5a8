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

    // Held until the process ends, so that no other test process is given the same port before somebody listens on it.
    private static readonly Dictionary<int, FileStream> Taken = [];

    private static readonly string LockFolder = Directory.CreateDirectory(
        Path.Combine(Path.GetTempPath(), "kafscale-test-ports")).FullName;

    /// <summary>A loopback TCP port that nobody listens on and that no running test process has been given.</summary>
    public static int Next()
    {
        lock (Taken)
        {
            while (Taken.Count < PortCount)
            {
                var port = FirstPort + Random.Shared.Next(PortCount);
                if (!Taken.ContainsKey(port) && TryLock(port) is { } held)
                {
                    Taken.Add(port, held);
                    if (IsFree(port))
                    {
                        return port;
                    }
                }
            }
        }

        throw new InvalidOperationException($"No port from {FirstPort} on is free.");
    }

    private static FileStream? TryLock(int port)
    {
        try
        {
            return new FileStream(Path.Combine(LockFolder, $"{port}"), FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException)
        {
            return null;
        }
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
