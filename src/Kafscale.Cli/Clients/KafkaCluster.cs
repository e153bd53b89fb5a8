using System.Net.Sockets;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Cli.Clients;

/// <summary>The brokers of a cluster, found by any of them: asks each what only it can answer, and again where things have moved.</summary>
/// <param name="bootstrapServers">Host and port of at least one broker.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="timeout">How long something is tried again.</param>
internal sealed class KafkaCluster(IReadOnlyList<(string Host, int Port)> bootstrapServers, TimeProvider timeProvider, TimeSpan timeout) : IAsyncDisposable
{
    private const sbyte GroupKeyType = 0;

    private static readonly TimeSpan RetryPause = TimeSpan.FromMilliseconds(200);

    private readonly Dictionary<(string Host, int Port), KafkaConnection> _connections = [];

    /// <summary>Brokers and topics.</summary>
    /// <param name="topics">Their names; null: all topics.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<MetadataResponse> DescribeAsync(IEnumerable<string>? topics, CancellationToken cancellationToken) =>
        RetryAsync(
            async token =>
            {
                var request = new MetadataRequest
                {
                    Topics = topics?.Select(name => new MetadataRequest.MetadataRequestTopic { Name = name }).ToList(),
                    AllowAutoTopicCreation = false,
                };
                return await SendToAnyAsync<MetadataResponse>(request, token);
            },
            cancellationToken);

    /// <summary>Asks every broker.</summary>
    public async Task<IReadOnlyList<TResponse>> SendToAllAsync<TResponse>(
        IRequestMessage request, Func<TResponse, ErrorCode> errorOf, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new() =>
        await RetryAsync<IReadOnlyList<TResponse>>(
            async token =>
            {
                var responses = new List<TResponse>();
                foreach (var broker in (await SendToAnyAsync<MetadataResponse>(new MetadataRequest { Topics = [] }, token)).Brokers)
                {
                    var response = await SendAsync<TResponse>((broker.Host, broker.Port), request, token);
                    KafkaException.ThrowIf(errorOf(response), $"Broker {broker.NodeId} does not answer {request.ApiKey}");
                    responses.Add(response);
                }

                return responses;
            },
            cancellationToken);

    /// <summary>Asks the coordinator of a group.</summary>
    /// <param name="groupId">The group.</param>
    /// <param name="request">What is asked.</param>
    /// <param name="errorOf">The error that concerns the request as a whole.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public Task<TResponse> SendToCoordinatorAsync<TResponse>(
        string groupId, IRequestMessage request, Func<TResponse, ErrorCode> errorOf, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new() =>
        RetryAsync(
            async token =>
            {
                var found = await SendToAnyAsync<FindCoordinatorResponse>(
                    new FindCoordinatorRequest { KeyType = GroupKeyType, CoordinatorKeys = [groupId] }, token);
                var coordinator = found.Coordinators[0];
                KafkaException.ThrowIf(coordinator.ErrorCode, $"Group {groupId} has no coordinator");
                var response = await SendAsync<TResponse>((coordinator.Host, coordinator.Port), request, token);
                KafkaException.ThrowIf(errorOf(response), $"Group {groupId}");
                return response;
            },
            cancellationToken);

    /// <summary>Asks the leaders of partitions for the offset that belongs to a timestamp, or to one of the special ones.</summary>
    /// <param name="partitions">Topics with partitions; each once.</param>
    /// <param name="timestamp">-1: the latest offset; -2: the earliest.</param>
    /// <param name="cancellationToken">Gives up.</param>
    /// <returns>-1 where no record is as young as that.</returns>
    public Task<Dictionary<(string Topic, int Partition), long>> ListOffsetsAsync(
        IReadOnlyCollection<(string Topic, int Partition)> partitions, long timestamp, CancellationToken cancellationToken) =>
        RetryAsync(token => ListOffsetsOnceAsync(partitions, timestamp, token), cancellationToken);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        foreach (var connection in _connections.Values)
        {
            await connection.DisposeAsync();
        }
    }

    private async Task<Dictionary<(string Topic, int Partition), long>> ListOffsetsOnceAsync(
        IReadOnlyCollection<(string Topic, int Partition)> partitions, long timestamp, CancellationToken cancellationToken)
    {
        var topics = partitions.Select(partition => partition.Topic).Distinct().Select(name => new MetadataRequest.MetadataRequestTopic { Name = name });
        var metadata = await SendToAnyAsync<MetadataResponse>(new MetadataRequest { Topics = [.. topics], AllowAutoTopicCreation = false }, cancellationToken);
        var leaders = metadata.Topics
            .SelectMany(topic => topic.Partitions.Select(partition => (Key: (topic.Name!, partition.PartitionIndex), partition.LeaderId)))
            .ToDictionary(partition => partition.Key, partition => partition.LeaderId);
        var offsets = new Dictionary<(string Topic, int Partition), long>();
        foreach (var led in partitions.GroupBy(partition => leaders.GetValueOrDefault(partition, -1)))
        {
            var broker = metadata.Brokers.Find(broker => broker.NodeId == led.Key)
                ?? throw new KafkaException(ErrorCode.LeaderNotAvailable, $"Partition {led.First().Partition} of {led.First().Topic} has no leader, or does not exist");
            var request = new ListOffsetsRequest
            {
                ReplicaId = -1,
                Topics = [.. led.GroupBy(partition => partition.Topic).Select(topic => new ListOffsetsRequest.ListOffsetsTopic
                {
                    Name = topic.Key,
                    Partitions = [.. topic.Select(partition => new ListOffsetsRequest.ListOffsetsPartition { PartitionIndex = partition.Partition, Timestamp = timestamp })],
                })],
            };
            var response = await SendAsync<ListOffsetsResponse>((broker.Host, broker.Port), request, cancellationToken);
            foreach (var topic in response.Topics)
            {
                foreach (var partition in topic.Partitions)
                {
                    KafkaException.ThrowIf(partition.ErrorCode, $"Partition {partition.PartitionIndex} of {topic.Name} does not tell its offsets");
                    offsets[(topic.Name, partition.PartitionIndex)] = partition.Offset;
                }
            }
        }

        return offsets;
    }

    private async Task<T> RetryAsync<T>(Func<CancellationToken, Task<T>> attempt, CancellationToken cancellationToken)
    {
        using var deadline = new CancellationTokenSource(timeout, timeProvider);
        using var linked = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancellationToken);
        Exception? last = null;
        while (true)
        {
            try
            {
                return await attempt(linked.Token);
            }
            catch (Exception exception) when (exception is IOException or SocketException or KafkaException { IsRetriable: true })
            {
                last = exception;
            }
            catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                throw new KafkaException(ErrorCode.RequestTimedOut, $"No answer within {timeout.TotalSeconds:0} s. {last?.Message}".TrimEnd());
            }

            try
            {
                await Task.Delay(RetryPause, timeProvider, linked.Token);
            }
            catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
            {
                throw last;
            }
        }
    }

    private async Task<TResponse> SendToAnyAsync<TResponse>(IRequestMessage request, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new()
    {
        Exception? last = null;
        foreach (var address in _connections.Keys.Concat(bootstrapServers).Distinct().ToList())
        {
            try
            {
                return await SendAsync<TResponse>(address, request, cancellationToken);
            }
            catch (Exception exception) when (exception is IOException or SocketException)
            {
                last = exception;
            }
        }

        throw new IOException($"No broker answers at {string.Join(", ", bootstrapServers.Select(server => $"{server.Host}:{server.Port}"))}: {last?.Message}", last);
    }

    private async Task<TResponse> SendAsync<TResponse>((string Host, int Port) address, IRequestMessage request, CancellationToken cancellationToken)
        where TResponse : IResponseMessage, new()
    {
        if (!_connections.TryGetValue(address, out var connection))
        {
            _connections[address] = connection = await KafkaConnection.OpenAsync(address.Host, address.Port, cancellationToken);
        }

        try
        {
            return await connection.SendAsync<TResponse>(request, cancellationToken);
        }
        catch (Exception exception) when (exception is not KafkaException)
        {
            // What comes next on it would be the answer to this.
            _connections.Remove(address);
            await connection.DisposeAsync();
            throw;
        }
    }
}
