namespace Kafscale.Console.Messages;

/// <summary>How far a reading is.</summary>
public enum MessageRunState
{
    Running,

    /// <summary>Everything was read, or as many messages were found as were asked for.</summary>
    Done,

    /// <summary>Somebody has stopped it.</summary>
    Stopped,

    Failed,
}
