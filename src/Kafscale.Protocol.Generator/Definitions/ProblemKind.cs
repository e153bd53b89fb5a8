namespace Kafscale.Protocol.Generator.Definitions;

internal enum ProblemKind
{
    /// <summary>A line that does not follow the notation.</summary>
    Syntax,

    /// <summary>A line that reads well but cannot be meant: an unknown struct, a default that does not fit.</summary>
    Meaning,
}
