using System.Globalization;

namespace Kafscale.Simulation.Clients;

/// <summary>What administrators do while the others are at work: one thing after another, as the seed says.</summary>
internal sealed class TopicChanges(ClusterClient client)
{
    /// <summary>It stays as it is; only how it is merged changes.</summary>
    public const string Steady = "orders";

    /// <summary>It gets more partitions, and records of it are deleted.</summary>
    public const string Growing = "clicks";

    /// <summary>It is deleted and created again.</summary>
    public const string Recreated = "visits";

    /// <summary>Its records go by themselves.</summary>
    public const string Retained = "metrics";

    private const int MostPartitions = 6;

    private static readonly TimeSpan MeanPause = TimeSpan.FromSeconds(20);

    private readonly TopicAdministrator _administrator = new(client);
    private int _growingPartitions = 2;
    private bool _stopRequested;

    public static IReadOnlyList<string> All { get; } = [Steady, Growing, Recreated, Retained];

    public async Task CreateAsync(int partitions)
    {
        await _administrator.CreateAsync(Steady, partitions);
        await _administrator.CreateAsync(Growing, _growingPartitions);
        await _administrator.CreateAsync(Recreated, 2);
        await _administrator.CreateAsync(Retained, 2, ("retention.ms", "120000"));
        while (!await client.TryRefreshAsync(Retained) || client.TopicOf(Retained) is null)
        {
            await client.BackOffAsync();
        }

        client.History.LimitsRetention(client.TopicOf(Retained)!.TopicId);
    }

    public async Task RunAsync()
    {
        while (!_stopRequested)
        {
            await client.PauseAsync(MeanPause);
            await ChangeAsync();
        }
    }

    public void Stop() => _stopRequested = true;

    private Task ChangeAsync()
    {
        switch (client.Random.Next(6))
        {
            case 0:
                return _administrator.ConfigureAsync(Steady, ("segment.bytes", Number(1024 * 1024 << client.Random.Next(3))), ("segment.ms", Number(5_000 << client.Random.Next(5))));
            case 1:
                _growingPartitions = Math.Min(MostPartitions, _growingPartitions + 1);
                return _administrator.AddPartitionsAsync(Growing, _growingPartitions);
            case 2:
                return RecreateAsync();
            case 3:
                return _administrator.ConfigureAsync(Retained, ("retention.bytes", Number(client.Random.Next(200_000))), ("segment.ms", Number(5_000 << client.Random.Next(4))));
            default:
                return _administrator.DeleteRecordsAsync(Growing, client.Random.Next(_growingPartitions));
        }
    }

    private async Task RecreateAsync()
    {
        await _administrator.DeleteAsync(Recreated);
        await client.PauseAsync(TimeSpan.FromSeconds(1 + client.Random.Next(5)));
        await _administrator.CreateAsync(Recreated, 1 + client.Random.Next(3));
    }

    private static string Number(int value) => value.ToString(CultureInfo.InvariantCulture);
}
