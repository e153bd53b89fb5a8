using Microsoft.Extensions.Logging;

namespace Kafscale.Broker.Partitions;

/// <summary>
/// Makes known who has written to partitions before, when the first Produce request for them comes: a start that did so for every
/// partition would be a request to the object store for each.
/// </summary>
internal sealed partial class ProducerLoader(ILogger<ProducerLoader> logger)
{
    // For a request that writes to very many partitions of a broker that has just started.
    private const int MaxLoadsAtOnce = 64;

    /// <summary>Loads what is not known yet, side by side. Where that fails, the partition refuses what is appended.</summary>
    public async Task LoadAsync(IReadOnlyList<PartitionAppender> appenders, CancellationToken cancellationToken)
    {
        foreach (var some in appenders.Chunk(MaxLoadsAtOnce))
        {
            await Task.WhenAll(some.Select(appender => LoadAsync(appender, cancellationToken)));
        }
    }

    private async Task LoadAsync(PartitionAppender appender, CancellationToken cancellationToken)
    {
        try
        {
            await appender.LoadProducersAsync(cancellationToken);
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            LogFailed(exception, appender.Log.Id);
        }
    }

    [LoggerMessage(1251, LogLevel.Error, "The producers of {Partition} can not be read; it refuses records until they can.")]
    private partial void LogFailed(Exception exception, TopicPartition partition);
}
