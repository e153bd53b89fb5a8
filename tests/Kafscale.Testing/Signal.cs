namespace Kafscale.Testing;

/// <summary>The signals that tests send, with their numbers on Linux.</summary>
public enum Signal
{
    /// <summary>What Ctrl-C sends: stop gracefully; a second one: at once.</summary>
    Interrupt = 2,

    /// <summary>Ends the process with no chance to do anything.</summary>
    Kill = 9,

    /// <summary>Stop gracefully.</summary>
    Terminate = 15,

    /// <summary>Lets a stopped process go on.</summary>
    Continue = 18,

    /// <summary>Stops the process where it is, like a long pause of the machine.</summary>
    Stop = 19,
}
