namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>A place within one line of a definition file; line and column count from zero.</summary>
internal readonly struct SourceSpan(int line, int column, int length)
{
    public int Line { get; } = line;

    public int Column { get; } = column;

    public int Length { get; } = length;
}
