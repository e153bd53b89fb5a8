using Kafscale.Protocol;
using Kafscale.Protocol.Messages;

namespace Kafscale.Simulation.Clients;

/// <summary>Creates and deletes topics, and tries until it is told that it is done.</summary>
internal sealed class TopicAdministrator(ClusterClient client)
{
    private const int TimeoutMs = 15_000;

    /// <summary>Creates a topic, or finds it there.</summary>
    public async Task CreateAsync(string name, int partitions, params (string Name, string Value)[] configs)
    {
        var request = new CreateTopicsRequest { TimeoutMs = TimeoutMs };
        request.Topics.Add(new CreateTopicsRequest.CreatableTopic
        {
            Name = name,
            NumPartitions = partitions,
            ReplicationFactor = -1,
            Configs = [.. configs.Select(config => new CreateTopicsRequest.CreatableTopicConfig { Name = config.Name, Value = config.Value })],
        });
        while (true)
        {
            try
            {
                var response = await client.SendToAnyAsync<CreateTopicsResponse>(request, 7);
                if (response.Topics[0].ErrorCode is ErrorCode.None or ErrorCode.TopicAlreadyExists)
                {
                    return;
                }
            }
            catch (IOException)
            {
                // Tried again, as with any other error.
            }

            await client.BackOffAsync();
        }
    }
}
