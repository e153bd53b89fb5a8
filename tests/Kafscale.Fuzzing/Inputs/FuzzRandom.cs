namespace Kafscale.Fuzzing.Inputs;

/// <summary>
/// Random numbers (splitmix64) that follow from two numbers alone, and can begin anew without allocating: every input has its own.
/// </summary>
internal sealed class FuzzRandom
{
    private ulong _state;

    public FuzzRandom(long seed, long number) => Restart(seed, number);

    public void Restart(long seed, long number)
    {
        _state = (ulong)seed;
        _state = Next() + (ulong)number;
    }

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        ulong mixed = (_state ^ (_state >> 30)) * 0xBF58476D1CE4E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EB;
        return mixed ^ (mixed >> 31);
    }

    /// <summary>A number from 0 to below <paramref name="bound"/>, which is at least 1.</summary>
    public int Next(int bound) => (int)((Next() >> 32) * (ulong)bound >> 32);

    public bool OneIn(int count) => Next(count) == 0;

    public T Pick<T>(ReadOnlySpan<T> choices) => choices[Next(choices.Length)];

    public void Fill(Span<byte> bytes)
    {
        foreach (ref byte value in bytes)
        {
            value = (byte)Next();
        }
    }
}
