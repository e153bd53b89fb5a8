namespace Kafscale.Broker.Administration;

/// <summary>Some of the topics, in the order of their names.</summary>
/// <param name="Topics">What each takes.</param>
/// <param name="Next">The name behind which the next page begins; <see langword="null"/> where this is the last one.</param>
public sealed record TopicStoragePage(IReadOnlyList<TopicStorage> Topics, string? Next);
