using System.Buffers;
using Kafscale.Broker.Requests;
using Kafscale.Fuzzing.Targets.Messages;
using Kafscale.Fuzzing.Targets.Records;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using Kafscale.Protocol.Records;

namespace Kafscale.Fuzzing.Targets.Connections;

/// <summary>
/// What a client sends to a broker, with everything behind it: handlers, partitions, groups. Whatever comes, nothing in the broker
/// fails. What one input leaves behind the next ones meet, and now and then they meet a new broker.
/// </summary>
internal sealed class ConnectionTarget : FuzzTarget, IDisposable
{
    private const int InputsPerBroker = 2000;

    private FuzzedBroker? _broker;
    private int _served;

    public override string Name => "connection";

    // Other threads do most of it.
    public override long MaxAllocatedBytes(int inputLength) => long.MaxValue;

    public override void RepairChecksums(Span<byte> input) => Frames.RepairLengths(input);

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        if (_broker is null || ++_served % InputsPerBroker == 0)
        {
            Dispose();
            _broker = new FuzzedBroker();
            _broker.StartAsync().GetAwaiter().GetResult();
        }

        return _broker.ServeAsync(input).GetAwaiter().GetResult() ? this : null;
    }

    public void Dispose() => _broker?.DisposeAsync().AsTask().GetAwaiter().GetResult();

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        var ofBroker = new FuzzedBroker();
        foreach (ApiDescription api in ApiCatalog.All)
        {
            for (short version = api.MinVersion; version <= api.MaxVersion; version++)
            {
                if (ofBroker.Dispatcher.Find((short)api.Key, version) is { } handler)
                {
                    yield return CreateFrame(handler, version, random);
                    yield return [.. CreateFrame(handler, version, random), .. Frames.Create(Produce(random), version: 9)];
                }
            }
        }

        ofBroker.DisposeAsync().AsTask().GetAwaiter().GetResult();
    }

    private static byte[] CreateFrame(IRequestHandler handler, short version, Random random)
    {
        IRequestMessage request = handler.CreateRequest();
        RandomMessage.Fill(request, version, random);
        return Frames.Create(request, version);
    }

    private static ProduceRequest Produce(Random random) => new()
    {
        Acks = -1,
        TimeoutMs = 1000,
        TopicData =
        [
            new()
            {
                Name = "t",
                PartitionData =
                [
                    new() { Index = 0, Records = new ReadOnlySequence<byte>(ExampleBatches.Create(random, (CompressionType)random.Next(5), 3, hasProducer: random.Next(2) == 0)) },
                ],
            },
        ],
    };
}
