using System.Text;

namespace Kafscale.Protocol.Generator.Emitting;

/// <summary>Lines of C# with their indentation, and a blank line after every block that something follows.</summary>
internal sealed class CodeWriter(int depth = 0)
{
    private const int SpacesPerStep = 4;

    private readonly StringBuilder _text = new();
    private int _depth = depth;
    private bool _blankIsDue;

    public bool IsEmpty => _text.Length == 0;

    public void Line(string line)
    {
        if (line != "}")
        {
            WriteDueBlank();
        }

        _text.Append(' ', _depth * SpacesPerStep).Append(line).Append('\n');
    }

    public void Blank() => _blankIsDue = true;

    public void Open(string header)
    {
        Line(header);
        Line("{");
        _depth++;
    }

    public void Close()
    {
        _depth--;
        _blankIsDue = false;
        Line("}");
        _blankIsDue = true;
    }

    /// <summary>A writer for lines one step deeper, to be appended later.</summary>
    public CodeWriter Inner() => new(_depth + 1);

    /// <summary>A writer for lines at the same step, to be appended later.</summary>
    public CodeWriter Sibling() => new(_depth);

    /// <summary>Appends lines that were written at their final indentation.</summary>
    public void Append(CodeWriter lines)
    {
        if (lines.IsEmpty)
        {
            return;
        }

        WriteDueBlank();
        _text.Append(lines._text);
        _blankIsDue = lines._blankIsDue;
    }

    public override string ToString() => _text.ToString();

    private void WriteDueBlank()
    {
        if (_blankIsDue)
        {
            _text.Append('\n');
        }

        _blankIsDue = false;
    }
}
