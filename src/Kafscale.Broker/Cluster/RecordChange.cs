using Kafscale.Metadata;

namespace Kafscale.Broker.Cluster;

/// <summary>What is to become of a record as it is now.</summary>
/// <param name="Error">Why nothing is to be written; none where it is as wanted already.</param>
/// <param name="Operations">What is to be written, provided that the record has not changed; empty: nothing.</param>
internal readonly record struct RecordChange(ApiError Error, IReadOnlyList<Operation> Operations)
{
    public static readonly RecordChange Nothing = new(ApiError.None, []);

    public static RecordChange Refuse(ApiError error) => new(error, []);

    public static RecordChange Write(params Operation[] operations) => new(ApiError.None, operations);
}
