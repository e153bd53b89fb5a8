namespace Kafscale.Broker.Configuration;

/// <summary>How log lines are written to standard error.</summary>
public enum LogFormat
{
    /// <summary>One line for people.</summary>
    Console,

    /// <summary>One JSON object per line.</summary>
    Json,
}
