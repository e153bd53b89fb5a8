namespace Kafscale.Broker.Configuration;

/// <summary>The commands that run a broker, each of which takes its own part of the settings.</summary>
[Flags]
public enum ServerRole
{
    /// <summary>No command.</summary>
    None = 0,

    /// <summary><c>kafscale dev</c>: everything in one process and one folder.</summary>
    Dev = 1,

    /// <summary><c>kafscale broker</c>: a broker on stores that are named to it.</summary>
    Broker = 2,

    /// <summary>Both commands.</summary>
    Both = Dev | Broker,
}
