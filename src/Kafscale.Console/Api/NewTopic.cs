namespace Kafscale.Console.Api;

/// <summary>A topic that is to be created.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Partitions">How many partitions it has; null: as the broker says.</param>
/// <param name="Settings">Its settings; null: none of its own.</param>
internal sealed record NewTopic(string Name, int? Partitions, Dictionary<string, string>? Settings);
