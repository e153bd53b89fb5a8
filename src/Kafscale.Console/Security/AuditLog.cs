using Microsoft.Extensions.Logging;

namespace Kafscale.Console.Security;

/// <summary>Keeps who has changed what: all of it in the log of the process, the newest entries to be shown.</summary>
internal sealed partial class AuditLog(TimeProvider timeProvider, ILogger<AuditLog> logger)
{
    private const int MaxEntries = 1000;

    private readonly Lock _lock = new();
    private readonly Queue<AuditEntry> _entries = new();

    /// <summary>The newest entries, newest first.</summary>
    public IReadOnlyList<AuditEntry> Newest
    {
        get
        {
            lock (_lock)
            {
                return [.. _entries.Reverse()];
            }
        }
    }

    /// <summary>Keeps an entry.</summary>
    public void Add(string user, string action, string target, string detail = "", string? failure = null)
    {
        var entry = new AuditEntry(timeProvider.GetUtcNow(), user, action, target, detail, failure);
        lock (_lock)
        {
            _entries.Enqueue(entry);
            if (_entries.Count > MaxEntries)
            {
                _entries.Dequeue();
            }
        }

        if (failure is null)
        {
            LogDone(logger, user, action, target, detail);
        }
        else
        {
            LogFailed(logger, user, action, target, detail, failure);
        }
    }

    [LoggerMessage(2901, LogLevel.Information, "{User}: {Action} {Target} {Detail}")]
    private static partial void LogDone(ILogger logger, string user, string action, string target, string detail);

    [LoggerMessage(2902, LogLevel.Warning, "{User}: {Action} {Target} {Detail} was not done: {Reason}")]
    private static partial void LogFailed(ILogger logger, string user, string action, string target, string detail, string reason);
}
