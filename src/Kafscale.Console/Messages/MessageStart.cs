namespace Kafscale.Console.Messages;

/// <summary>Where reading begins.</summary>
public enum MessageStart
{
    /// <summary>The youngest ones, from the end backwards.</summary>
    Newest,

    /// <summary>The first record that there is.</summary>
    Beginning,

    /// <summary>An offset.</summary>
    Offset,

    /// <summary>The first record that is as young as a time.</summary>
    Time,

    /// <summary>What comes from now on.</summary>
    Live,
}
