using System.Buffers;

namespace Kafscale.Storage.Tests.Caching;

/// <summary>Knows which buffers are out, refuses to take one back twice, and spoils what comes back so that a late reader notices.</summary>
internal sealed class TrackingPool : ArrayPool<byte>
{
    private readonly Lock _lock = new();
    private readonly HashSet<byte[]> _rented = new(ReferenceEqualityComparer.Instance);
    private readonly List<byte[]> _free = [];

    public int Outstanding
    {
        get
        {
            lock (_lock)
                return _rented.Count;
        }
    }

    public override byte[] Rent(int minimumLength)
    {
        lock (_lock)
        {
            var index = _free.FindIndex(buffer => buffer.Length >= minimumLength);
            var rented = index >= 0 ? _free[index] : new byte[minimumLength];
            if (index >= 0)
                _free.RemoveAt(index);
            _rented.Add(rented);
            return rented;
        }
    }

    public override void Return(byte[] array, bool clearArray = false)
    {
        Array.Fill(array, (byte)0xDD);
        lock (_lock)
        {
            if (!_rented.Remove(array))
                throw new InvalidOperationException("A buffer came back that is not out.");
            _free.Add(array);
        }
    }
}
