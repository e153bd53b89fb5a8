using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Simulation.History;

namespace Kafscale.Simulation.Clients;

/// <summary>A producer that sends to all partitions of a topic, also to those that come, and to the topic that comes after it under its name.</summary>
internal sealed class Producer(ProducerOptions options, ClusterClient client)
{
    private static readonly TimeSpan MetadataAge = TimeSpan.FromSeconds(5);

    private readonly Dictionary<LogKey, Task> _lanes = [];

    public bool IsStopRequested { get; private set; }

    public ProducerOptions Options => options;

    public ClusterClient Client => client;

    public long ProducerId { get; private set; } = -1;

    /// <summary>Produces until <see cref="Stop"/>; completes when everything that was begun is acknowledged, or its topic gone.</summary>
    public async Task RunAsync()
    {
        if (options.IsIdempotent)
        {
            ProducerId = await InitializeAsync();
        }

        while (!IsStopRequested)
        {
            if (await client.TryRefreshAsync(options.Topic) && client.TopicOf(options.Topic) is { } topic)
            {
                for (var partition = 0; partition < topic.Leaders.Count; partition++)
                {
                    var log = new LogKey(topic.TopicId, partition);
                    if (!_lanes.ContainsKey(log))
                    {
                        _lanes.Add(log, options.IsIdempotent ? new IdempotentLane(this, log).RunAsync() : new PlainLane(this, log).RunAsync());
                    }
                }
            }

            await Task.Delay(MetadataAge, client.Process.Clock);
        }

        await Task.WhenAll(_lanes.Values);
    }

    public void Stop() => IsStopRequested = true;

    private async Task<long> InitializeAsync()
    {
        while (true)
        {
            try
            {
                var response = await client.SendToAnyAsync<InitProducerIdResponse>(new InitProducerIdRequest { TransactionalId = null, TransactionTimeoutMs = 60_000 }, 4);
                if (response.ErrorCode == ErrorCode.None)
                {
                    return response.ProducerId;
                }

                client.Note("InitProducerId", response.ErrorCode, [ErrorCode.CoordinatorNotAvailable, ErrorCode.CoordinatorLoadInProgress, ErrorCode.NotCoordinator]);
            }
            catch (IOException)
            {
                // An id that nobody uses is no loss.
            }

            await client.BackOffAsync();
        }
    }
}
