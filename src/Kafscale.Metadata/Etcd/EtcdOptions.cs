namespace Kafscale.Metadata.Etcd;

/// <summary>Where etcd is, and how to talk to it.</summary>
public sealed record EtcdOptions
{
    /// <summary>The client addresses of the members, http or https; one of them at a time is used. At least one.</summary>
    public required IReadOnlyList<Uri> Endpoints { get; init; }

    /// <summary>The user to act as; null where etcd's authentication is off, or goes by client certificates.</summary>
    public string? Username { get; init; }

    /// <summary>The user's password; null where there is no user.</summary>
    public string? Password { get; init; }

    /// <summary>A PEM file with the only certificate authorities that are trusted; null for the system's.</summary>
    public string? CaFile { get; init; }

    /// <summary>A PEM file with the client's certificate; null for none.</summary>
    public string? CertificateFile { get; init; }

    /// <summary>A PEM file with the key of <see cref="CertificateFile"/>; null where that file holds it too.</summary>
    public string? KeyFile { get; init; }

    /// <summary>How long a call may take, with everything that is tried; at least 100 ms.</summary>
    public TimeSpan RequestTimeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// How long a connection in use may be silent before it is pinged; at least 1 s. etcd closes connections that ping
    /// more often than its <c>--grpc-keepalive-min-time</c>, 5 s.
    /// </summary>
    public TimeSpan KeepAliveInterval { get; init; } = TimeSpan.FromSeconds(6);

    /// <summary>How long a ping may stay unanswered before its connection counts as dead; at least 1 s.</summary>
    public TimeSpan KeepAliveTimeout { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>The addresses, for people.</summary>
    public override string ToString() => string.Join(',', Endpoints.Select(address => address.GetLeftPart(UriPartial.Authority)));
}
