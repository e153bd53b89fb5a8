namespace Kafscale.Console.Administration;

/// <summary>Some of the topics, and the name behind which the next ones begin.</summary>
internal sealed record TopicStoragePage(IReadOnlyList<TopicStorage> Topics, string? Next);
