using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Kafscale.Operator.Tests.ApiServer;

/// <summary>As much of CEL as the rules of deploy/crds use: fields, has, size, matches, in, comparisons, and, or, not.</summary>
public sealed partial class CelExpression
{
    private readonly string _text;
    private readonly List<string> _tokens;
    private int _at;

    private CelExpression(string text)
    {
        _text = text;
        _tokens = [.. Token().Matches(text).Select(match => match.Value)];
        if (string.Concat(_tokens).Length != text.Count(character => !char.IsWhiteSpace(character)) && !text.Contains('\'', StringComparison.Ordinal))
        {
            throw new FormatException($"This is not understood: {text}");
        }
    }

    public static CelExpression Parse(string text) => new(text);

    /// <summary>Whether the rule holds.</summary>
    public bool IsTrue(JsonNode self, JsonNode? oldSelf)
    {
        _at = 0;
        var variables = new Dictionary<string, object?> { ["self"] = Value(self), ["oldSelf"] = Value(oldSelf) };
        var result = Or(variables, isLive: true);
        return _at == _tokens.Count ? (bool)result! : throw new FormatException($"This is not understood from token {_at} on: {_text}");
    }

    private string? Peek => _at < _tokens.Count ? _tokens[_at] : null;

    private bool Take(string token)
    {
        if (Peek != token)
        {
            return false;
        }

        _at++;
        return true;
    }

    private void Expect(string token)
    {
        if (!Take(token))
        {
            throw new FormatException($"{token} is expected in place of {Peek} in: {_text}");
        }
    }

    // What does not count because of what stands left of it is read, and not looked at: it may not be there.
    private object? Or(Dictionary<string, object?> variables, bool isLive)
    {
        var left = And(variables, isLive);
        while (Take("||"))
        {
            var isDecided = isLive && (bool)left!;
            var right = And(variables, isLive && !isDecided);
            left = isLive ? isDecided || (bool)right! : null;
        }

        return left;
    }

    private object? And(Dictionary<string, object?> variables, bool isLive)
    {
        var left = Relation(variables, isLive);
        while (Take("&&"))
        {
            var isDecided = isLive && !(bool)left!;
            var right = Relation(variables, isLive && !isDecided);
            left = isLive ? !isDecided && (bool)right! : null;
        }

        return left;
    }

    private object? Relation(Dictionary<string, object?> variables, bool isLive)
    {
        var left = Unary(variables, isLive);
        if (Peek is not ("==" or "!=" or "<=" or ">=" or "<" or ">" or "in"))
        {
            return left;
        }

        var relation = _tokens[_at++];
        var right = Unary(variables, isLive);
        return !isLive ? null : relation switch
        {
            "==" => Equals(left, right),
            "!=" => !Equals(left, right),
            "<=" => (long)left! <= (long)right!,
            ">=" => (long)left! >= (long)right!,
            "<" => (long)left! < (long)right!,
            ">" => (long)left! > (long)right!,
            _ => ((JsonObject)right!).ContainsKey((string)left!),
        };
    }

    private object? Unary(Dictionary<string, object?> variables, bool isLive)
    {
        if (Take("!"))
        {
            var value = Unary(variables, isLive);
            return isLive ? !(bool)value! : null;
        }

        var result = Primary(variables, isLive);
        while (Take("."))
        {
            var name = _tokens[_at++];
            if (!Take("("))
            {
                result = isLive ? Field(result, name) : null;
                continue;
            }

            var argument = Peek == ")" ? null : Or(variables, isLive);
            Expect(")");
            result = !isLive ? null : name switch
            {
                "size" => (object)Size(result),
                "matches" => Regex.IsMatch((string)result!, (string)argument!),
                _ => throw new FormatException($"{name} is not known: {_text}"),
            };
        }

        return result;
    }

    private object? Primary(Dictionary<string, object?> variables, bool isLive)
    {
        var token = _tokens[_at++];
        switch (token)
        {
            case "(":
                var inner = Or(variables, isLive);
                Expect(")");
                return inner;
            case "has":
                return Has(variables, isLive);
            case "size":
                Expect("(");
                var value = Or(variables, isLive);
                Expect(")");
                return isLive ? (object)Size(value) : null;
        }

        return token[0] switch
        {
            '\'' => token[1..^1],
            >= '0' and <= '9' => long.Parse(token, CultureInfo.InvariantCulture),
            _ => variables.TryGetValue(token, out var variable) ? variable : throw new FormatException($"{token} is not known: {_text}"),
        };
    }

    private object? Has(Dictionary<string, object?> variables, bool isLive)
    {
        Expect("(");
        var holder = variables[_tokens[_at++]];
        string? last = null;
        while (Take("."))
        {
            holder = last is not null && isLive ? Field(holder, last) : holder;
            last = _tokens[_at++];
        }

        Expect(")");
        return isLive ? (holder as JsonObject)?.ContainsKey(Unescape(last!)) == true : null;
    }

    private object? Field(object? holder, string name) => holder is JsonObject fields && fields.TryGetPropertyValue(Unescape(name), out var value)
        ? Value(value)
        : throw new FormatException($"no such key: {name} in: {_text}");

    // Words of the language are written like this where they are fields.
    private static string Unescape(string name) => name.StartsWith("__", StringComparison.Ordinal) ? name[2..^2] : name;

    private static long Size(object? value) => value switch
    {
        string text => text.Length,
        JsonArray list => list.Count,
        JsonObject map => map.Count,
        _ => throw new FormatException("Only texts, lists and maps have a size."),
    };

    private static object? Value(JsonNode? node) => node is not JsonValue value ? (object?)node : value.GetValueKind() switch
    {
        JsonValueKind.String => (object)value.ToString(),
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => long.Parse(value.ToString(), CultureInfo.InvariantCulture),
    };

    [GeneratedRegex(@"'[^']*'|\d+|[A-Za-z_]\w*|==|!=|<=|>=|&&|\|\||[!<>().,]")]
    private static partial Regex Token();
}
