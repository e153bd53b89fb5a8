using Kafscale.Fuzzing.Coverage;

namespace Kafscale.Fuzzing.Running;

/// <summary>An input that was not read as it must be.</summary>
/// <param name="Target">What was to read it.</param>
/// <param name="Seed">The run's seed.</param>
/// <param name="Number">Its number in the run.</param>
/// <param name="Input">Its bytes.</param>
/// <param name="Problem">What happened.</param>
internal sealed record Finding(string Target, long Seed, long Number, byte[] Input, string Problem)
{
    public override string ToString() => $"""
        {Target}: input {Number} of seed {Seed}: {Problem}
          bytes   {Convert.ToHexStringLower(Input)}
          repeat  ./kafscale-fuzz repeat --target {Target} {(EdgeMap.IsInstrumented ? $"--hex {Convert.ToHexStringLower(Input)}" : $"--seed {Seed} --number {Number}")}
        """;
}
