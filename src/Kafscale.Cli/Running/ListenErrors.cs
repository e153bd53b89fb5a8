using System.Net.Sockets;
using Kafscale.Broker.Configuration;
using Microsoft.AspNetCore.Connections;

namespace Kafscale.Cli.Running;

/// <summary>Says of an address that cannot be listened on what is wrong with it.</summary>
internal static class ListenErrors
{
    /// <summary>Throws where the error came from listening on an address, as sockets and Kestrel report it.</summary>
    /// <param name="e">The error.</param>
    /// <param name="key">The setting that the address is from.</param>
    /// <param name="address">The address.</param>
    /// <exception cref="StartFailedException">It did.</exception>
    public static void ThrowIfAboutAddress(Exception e, string key, ListenAddress address)
    {
        var cause = e is IOException { InnerException: { } inner } ? inner : e;
        if (cause is AddressInUseException or SocketException { SocketErrorCode: SocketError.AddressAlreadyInUse })
        {
            throw new StartFailedException($"{address} ({key}) is in use by another process.", e);
        }

        if (cause is SocketException)
        {
            throw new StartFailedException($"{address} ({key}) cannot be listened on: {cause.Message}.", e);
        }
    }
}
