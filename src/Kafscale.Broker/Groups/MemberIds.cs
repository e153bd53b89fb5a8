namespace Kafscale.Broker.Groups;

/// <summary>Makes ids for members: readable in front, unique behind.</summary>
internal sealed class MemberIds(Random random)
{
    private readonly Lock _lock = new();

    public string Create(string prefix)
    {
        Span<byte> bytes = stackalloc byte[16];
        lock (_lock)
        {
            random.NextBytes(bytes);
        }

        return $"{prefix}-{new Guid(bytes)}";
    }
}
