using System.Globalization;
using System.Runtime.CompilerServices;

namespace Kafscale.Simulation.Scheduling;

/// <summary>A line of a trace, which costs nothing where nobody reads it.</summary>
[InterpolatedStringHandler]
internal ref struct TraceText
{
    private DefaultInterpolatedStringHandler _text;

    public TraceText(int literalLength, int formattedCount, Trace trace, out bool isWritten)
    {
        isWritten = trace.IsWritten;
        _text = isWritten ? new DefaultInterpolatedStringHandler(literalLength, formattedCount, CultureInfo.InvariantCulture) : default;
    }

    public void AppendLiteral(string value) => _text.AppendLiteral(value);

    public void AppendFormatted<T>(T value) => _text.AppendFormatted(value);

    public string ToStringAndClear() => _text.ToStringAndClear();
}
