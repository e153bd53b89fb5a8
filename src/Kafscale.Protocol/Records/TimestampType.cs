namespace Kafscale.Protocol.Records;

/// <summary>Who set the timestamps of a batch; the values are those of bit 3 of the batch's attributes.</summary>
public enum TimestampType
{
    /// <summary>The producer, one for each record.</summary>
    CreateTime = 0,

    /// <summary>The broker: every record has the batch's max timestamp.</summary>
    LogAppendTime = 1,
}
