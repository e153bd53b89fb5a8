using System.Text.Json;

namespace Kafscale.Cli.Rendering;

/// <summary>What became of each of several things that were to be done: a sentence for each, in JSON an object.</summary>
/// <param name="kind">What the things are; the property of their names in JSON.</param>
internal sealed class Outcomes(string kind) : IRendered
{
    private readonly List<(string Name, string Sentence, string? Failure)> _outcomes = [];

    public bool HasFailures => _outcomes.Exists(outcome => outcome.Failure is not null);

    public void AddSuccess(string name, string sentence) => _outcomes.Add((name, sentence, null));

    public void AddFailure(string name, string sentence, string failure) => _outcomes.Add((name, sentence, failure));

    public void WriteText(TextWriter output, TextStyle style)
    {
        foreach (var (_, sentence, failure) in _outcomes)
        {
            output.WriteLine(failure is null ? sentence : $"{style.Failure(sentence)} {failure}");
        }
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartArray();
        foreach (var (name, sentence, failure) in _outcomes)
        {
            json.WriteStartObject();
            json.WriteString(kind, name);
            json.WriteBoolean("done", failure is null);
            json.WriteString("message", failure is null ? sentence : $"{sentence} {failure}");
            json.WriteEndObject();
        }

        json.WriteEndArray();
    }
}
