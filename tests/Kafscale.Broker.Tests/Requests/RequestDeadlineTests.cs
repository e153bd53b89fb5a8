using Kafscale.Broker.Tests.Cluster;
using Kafscale.Metadata.Memory;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Microsoft.Extensions.Time.Testing;
using static Kafscale.Broker.Tests.Requests.TestBrokerRequests;

namespace Kafscale.Broker.Tests.Requests;

/// <summary>However much a request asks for, its client waits for one timeout, and is told so of everything that was not done by then.</summary>
public sealed class RequestDeadlineTests : IAsyncLifetime
{
    private const int TimeoutMs = 30_000;

    private readonly MemoryMetadataStore _memory = new(TimeProvider.System);
    private readonly FakeTimeProvider _time = new();
    private readonly SilentMetadataStore _store;
    private TestBroker _broker = null!;

    public RequestDeadlineTests()
    {
        _store = new SilentMetadataStore(_memory, () => _time.Advance(TimeSpan.FromMilliseconds(TimeoutMs)));
    }

    public async ValueTask InitializeAsync()
    {
        _broker = await TestBroker.StartAsync(_store, requestTime: _time);
        await _broker.CreateAsync(NewTopic("a"), NewTopic("b"), NewTopic("c"));
        _store.IsSilent = true;
    }

    public async ValueTask DisposeAsync()
    {
        _store.IsSilent = false;
        await _broker.DisposeAsync();
        await _memory.DisposeAsync();
    }

    [Fact]
    public async Task DeleteTopics_waits_once()
    {
        var response = await _broker.AskAsync<DeleteTopicsResponse>(
            new DeleteTopicsRequest { TimeoutMs = TimeoutMs, Topics = [new() { Name = "a" }, new() { Name = "b" }, new() { Name = "c" }] }, 6);

        MustHaveWaitedOnce(response.Responses.Select(answer => answer.ErrorCode));
    }

    [Fact]
    public async Task CreatePartitions_waits_once()
    {
        var response = await _broker.AskAsync<CreatePartitionsResponse>(
            new CreatePartitionsRequest
            {
                TimeoutMs = TimeoutMs,
                Topics = [new() { Name = "a", Count = 2 }, new() { Name = "b", Count = 2 }, new() { Name = "c", Count = 2 }],
            },
            3);

        MustHaveWaitedOnce(response.Results.Select(answer => answer.ErrorCode));
    }

    [Fact]
    public async Task AlterConfigs_waits_once_for_topics_and_groups_together()
    {
        var response = await _broker.AskAsync<IncrementalAlterConfigsResponse>(
            new IncrementalAlterConfigsRequest
            {
                Resources =
                [
                    new() { ResourceType = 2, ResourceName = "a", Configs = [new() { Name = "retention.ms", Value = "1" }] },
                    new() { ResourceType = 2, ResourceName = "b", Configs = [new() { Name = "retention.ms", Value = "1" }] },
                    new() { ResourceType = 32, ResourceName = "g", Configs = [new() { Name = "consumer.session.timeout.ms", Value = "50000" }] },
                ],
            },
            1);

        MustHaveWaitedOnce(response.Responses.Select(answer => answer.ErrorCode));
    }

    private void MustHaveWaitedOnce(IEnumerable<ErrorCode> errors)
    {
        Assert.Equal([ErrorCode.RequestTimedOut, ErrorCode.RequestTimedOut, ErrorCode.RequestTimedOut], errors);
        Assert.Equal(1, _store.Waits);
    }
}
