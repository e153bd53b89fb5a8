using System.Globalization;
using Confluent.Kafka;
using Kafscale.Clients;
using Kafscale.Clients.Groups;

namespace Kafscale.Console.Cluster;

/// <summary>Looks at one group, and works out where its offsets would be set to.</summary>
internal sealed class GroupInspection(ClusterConnection connection)
{
    /// <summary>The group as it is now.</summary>
    /// <exception cref="CommandFailedException">There is no such group, or no broker can be reached.</exception>
    /// <exception cref="KafkaException">The cluster says no.</exception>
    public Task<GroupDetails> GetAsync(string group, CancellationToken cancellationToken) => connection.ReadAsync(
        async (client, token) =>
        {
            // The native library ends the process where a name is missing.
            ArgumentException.ThrowIfNullOrEmpty(group);
            var groups = new GroupClient(client);
            var description = await groups.DescribeAsync(group, token);
            return new GroupDetails(description, await groups.FindLagAsync(description, token));
        },
        cancellationToken);

    /// <summary>Where offsets would be set to; nothing is changed.</summary>
    /// <param name="group">The group.</param>
    /// <param name="topic">Only this topic, all of its partitions; null: what the group has committed for.</param>
    /// <param name="reset">Where to.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <inheritdoc cref="GetAsync" path="/exception"/>
    public Task<IReadOnlyList<OffsetChange>> PlanAsync(string group, string? topic, OffsetReset reset, CancellationToken cancellationToken) => connection.ReadAsync(
        (client, token) => reset.PlanAsync(client, group, topic is null ? [] : [topic], token), cancellationToken);

    /// <summary>What somebody has written about where to.</summary>
    /// <param name="kind">earliest, latest, offset, time or shift.</param>
    /// <param name="value">The offset, the time, or by how many records.</param>
    /// <param name="now">What times count from.</param>
    /// <exception cref="FormatException">It is wrong; the message says what.</exception>
    public static OffsetReset ParseReset(string kind, string value, DateTimeOffset now) => kind switch
    {
        "earliest" => new OffsetReset.ToEarliest(),
        "latest" => new OffsetReset.ToLatest(),
        "offset" => new OffsetReset.ToOffset(WrittenPosition.ParseOffset(value)),
        "shift" => long.TryParse(value, CultureInfo.InvariantCulture, out var by)
            ? new OffsetReset.Shift(by)
            : throw new FormatException("A shift is a number of records, negative to go back."),
        "time" => new OffsetReset.ToTime(WrittenPosition.ParseTime(value, now)),
        _ => throw new FormatException("Offsets are set to earliest, latest, offset, time or shift."),
    };
}
