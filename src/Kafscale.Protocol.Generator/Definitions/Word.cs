namespace Kafscale.Protocol.Generator.Definitions;

internal readonly struct Word(string text, SourceSpan span)
{
    public string Text { get; } = text;

    public SourceSpan Span { get; } = span;
}
