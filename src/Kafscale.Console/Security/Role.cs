namespace Kafscale.Console.Security;

/// <summary>What somebody may do; each role may do what those before it may.</summary>
public enum Role
{
    /// <summary>Looks at everything.</summary>
    Viewer,

    /// <summary>Changes what can be changed back: settings, topics that are added, offsets, records that are added.</summary>
    Editor,

    /// <summary>Deletes, and drains brokers.</summary>
    Admin,
}
