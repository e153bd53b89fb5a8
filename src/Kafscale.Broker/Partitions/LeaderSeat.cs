namespace Kafscale.Broker.Partitions;

/// <summary>Who leads a partition on this broker now, if anybody, and what the next one here must know of producers.</summary>
internal sealed class LeaderSeat
{
    private readonly Lock _lock = new();
    private PartitionAppender? _appender;

    // Most partitions of a broker never refuse anybody.
    private RefusedProducers? _refused;
    private bool _isClosed;

    /// <summary>The leader's side of the partition, while this broker leads it.</summary>
    public PartitionAppender? Appender => Volatile.Read(ref _appender);

    private RefusedProducers Refused => _refused ??= new RefusedProducers();

    /// <summary>As <see cref="PartitionLog.StartLeading"/>.</summary>
    public void Take(PartitionAppender appender, long oldestProducerMs)
    {
        lock (_lock)
        {
            if (_isClosed)
            {
                return;
            }

            foreach (var expected in _refused?.Take(oldestProducerMs) ?? [])
            {
                appender.Expect(expected);
            }

            _refused = null;
            Volatile.Write(ref _appender, appender);
        }
    }

    /// <summary>Nobody leads here any more; what the leader has to say of producers is kept for the next one.</summary>
    public void Leave()
    {
        lock (_lock)
        {
            if (_appender is { } former)
            {
                Refused.Add(former.End());
                Volatile.Write(ref _appender, null);
            }
        }
    }

    /// <summary>Nobody leads here, now or later.</summary>
    public void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        Leave();
    }

    /// <summary>As <see cref="PartitionLog.NoteRefused"/>.</summary>
    public void NoteRefused(in ExpectedSequence expected)
    {
        lock (_lock)
        {
            if (_appender is { } appender)
            {
                appender.Expect(expected);
            }
            else
            {
                Refused.Add(expected);
            }
        }
    }

    /// <summary>As <see cref="PartitionLog.ForgetRefused"/>.</summary>
    public void ForgetRefused(long oldestMs)
    {
        lock (_lock)
        {
            _refused?.Expire(oldestMs);
        }
    }
}
