namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>Something wrong in a definition file, for the person who edits it.</summary>
internal sealed class Problem(ProblemKind kind, SourceSpan span, string message)
{
    public ProblemKind Kind { get; } = kind;

    public SourceSpan Span { get; } = span;

    public string Message { get; } = message;
}
