namespace Kafscale.Cli.Rendering;

/// <summary>How text is set off: by colours on a terminal, elsewhere not at all.</summary>
/// <param name="IsColoured">Whether the text goes to a terminal that may show colours.</param>
internal readonly record struct TextStyle(bool IsColoured)
{
    private const string Reset = "\e[0m";

    public string Header(string text) => Wrap("\e[1m", text);

    public string Warning(string text) => Wrap("\e[33m", text);

    public string Failure(string text) => Wrap("\e[31m", text);

    private string Wrap(string code, string text) => IsColoured ? $"{code}{text}{Reset}" : text;
}
