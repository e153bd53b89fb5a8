namespace Kafscale.Broker.Groups;

/// <summary>A protocol that a member can take part in, such as an assignor, with what the member says about itself for it.</summary>
internal readonly record struct GroupProtocol(string Name, ReadOnlyMemory<byte> Metadata)
{
    public bool Matches(GroupProtocol other) => Name == other.Name && Metadata.Span.SequenceEqual(other.Metadata.Span);
}
