using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Inputs;

/// <summary>
/// Makes the inputs of a target: examples as they are, examples that are changed, and now and then noise. Input and seed say
/// everything about an input, as long as nothing is added to the examples meanwhile.
/// </summary>
internal sealed class InputSource
{
    private const int OneIsAsItIs = 64;
    private const int OneIsNoise = 64;
    private const int MaxNoiseBytes = 300;
    private const int MaxFound = 4096;

    private readonly FuzzTarget _target;
    private readonly long _seed;
    private readonly FuzzRandom _random = new(0, 0);
    private readonly Mutator _mutator;
    private readonly InputBuffer _input = new();
    private readonly IReadOnlyList<byte[]> _examples;
    private readonly List<byte[]> _found = [];

    public InputSource(FuzzTarget target, long seed)
    {
        _target = target;
        _seed = seed;
        _mutator = new Mutator(_random);
        _examples = target.Examples;
    }

    /// <summary>Inputs that are changed further, because they came where no input had come before.</summary>
    public int FoundCount => _found.Count;

    /// <summary>Makes an input. It is valid until the next one.</summary>
    public ReadOnlyMemory<byte> Create(long number)
    {
        _random.Restart(_seed, number);
        if (_random.OneIn(OneIsNoise))
        {
            CreateNoise();
        }
        else
        {
            _input.Set(PickBase());
            if (!_random.OneIn(OneIsAsItIs))
            {
                // The prefix chooses what the rest is: mostly it stays.
                _mutator.Mutate(_input, _random.OneIn(32) ? 0 : Math.Min(_target.PrefixLength, _input.Length), PickBase());
            }
        }

        if (!_random.OneIn(4))
        {
            _target.RepairChecksums(_input.Span);
        }

        return _input.Memory;
    }

    /// <summary>Has an input changed further from now on.</summary>
    public void Add(ReadOnlyMemory<byte> input)
    {
        if (_found.Count < MaxFound)
        {
            _found.Add(input.ToArray());
        }
    }

    private byte[] PickBase() =>
        _found.Count > 0 && _random.OneIn(2) ? _found[_random.Next(_found.Count)] : _examples[_random.Next(_examples.Count)];

    private void CreateNoise()
    {
        ReadOnlySpan<byte> prefix = _examples[_random.Next(_examples.Count)].AsSpan(0, _target.PrefixLength);
        _input.Set(prefix);
        _random.Fill(_input.Insert(prefix.Length, _random.Next(MaxNoiseBytes)));
    }
}
