using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Running.Logs;

/// <summary>What is logged, which can be changed while the process runs: one level for everything, others for parts of it.</summary>
internal sealed class LogLevels
{
    /// <summary>The most parts that can have levels of their own.</summary>
    public const int MaxCategories = 100;

    private const string WebServer = "Microsoft";

    // It logs a failure to start, with its stack, which is thrown to us and told in one line.
    private const string Hosting = "Microsoft.Extensions.Hosting";

    // It warns that what it signs does not outlive the process, which is what the console wants of it.
    private const string DataProtection = "Microsoft.AspNetCore.DataProtection";

    private readonly ConcurrentDictionary<string, LogLevel> _categories = new(StringComparer.Ordinal);
    private readonly LogLevel _initial;
    private LogLevel _level;

    /// <param name="initial">The level that was configured.</param>
    public LogLevels(LogLevel initial) => _initial = _level = initial;

    /// <summary>The lowest level that is logged, but for <see cref="Categories"/>.</summary>
    public LogLevel Level
    {
        get => _level;
        set => _level = value;
    }

    /// <summary>The lowest levels of the categories that begin with these names.</summary>
    public IReadOnlyDictionary<string, LogLevel> Categories => _categories;

    /// <summary>Gives the categories that begin with a name a level of their own.</summary>
    /// <returns>False where there are too many.</returns>
    public bool TrySet(string category, LogLevel level)
    {
        if (_categories.Count >= MaxCategories && !_categories.ContainsKey(category))
        {
            return false;
        }

        _categories[category] = level;
        return true;
    }

    /// <summary>Goes back to the level that was configured.</summary>
    public void Reset()
    {
        _level = _initial;
        _categories.Clear();
    }

    /// <summary>Whether something is logged.</summary>
    public bool IsEnabled(string? category, LogLevel level)
    {
        category ??= "";
        if (category.StartsWith(Hosting, StringComparison.Ordinal) || (category.StartsWith(DataProtection, StringComparison.Ordinal) && level < LogLevel.Error))
        {
            return false;
        }

        // The web server speaks of every request at the level of information.
        var lowest = category.StartsWith(WebServer, StringComparison.Ordinal) && _level < LogLevel.Warning ? LogLevel.Warning : _level;
        if (!_categories.IsEmpty)
        {
            var longest = -1;
            foreach (var (prefix, own) in _categories)
            {
                if (prefix.Length > longest && category.StartsWith(prefix, StringComparison.Ordinal))
                {
                    (longest, lowest) = (prefix.Length, own);
                }
            }
        }

        return level >= lowest;
    }
}
