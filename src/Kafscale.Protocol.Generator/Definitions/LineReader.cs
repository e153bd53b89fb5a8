using System.Collections.Generic;

namespace Kafscale.Protocol.Generator.Definitions;

/// <summary>Splits a definition into lines and words, drops comments, and arranges the lines into a tree by their indentation.</summary>
internal static class LineReader
{
    private const int SpacesPerStep = 2;

    public static List<DefinitionLine> Read(string text, List<Problem> problems)
    {
        var topLines = new List<DefinitionLine>();
        var ancestors = new Stack<DefinitionLine>();
        string[] rawLines = text.Split('\n');
        for (int number = 0; number < rawLines.Length; number++)
        {
            string raw = rawLines[number].TrimEnd('\r');
            List<Word> words = SplitWords(raw, number, problems);
            if (words.Count == 0)
            {
                continue;
            }

            SourceSpan first = words[0].Span;
            if (raw.IndexOf('\t', 0, first.Column) >= 0 || first.Column % SpacesPerStep != 0)
            {
                problems.Add(new Problem(ProblemKind.Syntax, first, "indentation is in steps of two spaces"));
                continue;
            }

            var line = new DefinitionLine(first.Column / SpacesPerStep, words);
            while (ancestors.Count > line.Depth)
            {
                ancestors.Pop();
            }

            if (ancestors.Count < line.Depth)
            {
                problems.Add(new Problem(ProblemKind.Syntax, first, "the line is indented more than one step below the line it belongs to"));
                continue;
            }

            (ancestors.Count == 0 ? topLines : ancestors.Peek().Children).Add(line);
            ancestors.Push(line);
        }

        return topLines;
    }

    private static List<Word> SplitWords(string raw, int lineNumber, List<Problem> problems)
    {
        var words = new List<Word>();
        int at = 0;
        while (at < raw.Length)
        {
            char c = raw[at];
            if (c == '#')
            {
                break;
            }

            if (c is ' ' or '\t')
            {
                at++;
                continue;
            }

            int start = at;
            if (c == '"')
            {
                int closing = raw.IndexOf('"', start + 1);
                if (closing < 0)
                {
                    var span = new SourceSpan(lineNumber, start, raw.Length - start);
                    problems.Add(new Problem(ProblemKind.Syntax, span, "the string has no closing quote"));
                    break;
                }

                at = closing + 1;
            }
            else
            {
                while (at < raw.Length && raw[at] is not (' ' or '\t' or '#'))
                {
                    at++;
                }
            }

            words.Add(new Word(raw.Substring(start, at - start), new SourceSpan(lineNumber, start, at - start)));
        }

        return words;
    }
}
