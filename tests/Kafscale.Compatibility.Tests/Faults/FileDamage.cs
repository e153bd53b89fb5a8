namespace Kafscale.Compatibility.Tests.Faults;

/// <summary>What may happen to a file.</summary>
public enum FileDamage
{
    /// <summary>One bit in the middle is another one.</summary>
    Flipped,

    /// <summary>The second half is missing.</summary>
    Halved,

    /// <summary>It has no bytes any more.</summary>
    Emptied,

    /// <summary>It is not there any more.</summary>
    Removed,

    /// <summary>Its header says that it is of the version after the one that is known.</summary>
    OfALaterVersion,
}
