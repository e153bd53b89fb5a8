namespace Kafscale.Metadata.Cluster;

/// <summary>Who leads something: a partition, or a shard of groups.</summary>
public interface ILeadershipRecord
{
    /// <summary>The id of the broker; negative: nobody has led it yet.</summary>
    int Leader { get; set; }

    /// <summary>The session in which that broker leads.</summary>
    long LeaderSession { get; set; }

    /// <summary>Counts the leaderships, from 0.</summary>
    int LeaderEpoch { get; set; }
}
