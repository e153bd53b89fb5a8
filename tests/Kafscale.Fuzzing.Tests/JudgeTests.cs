using Kafscale.Fuzzing.Inputs;
using Kafscale.Fuzzing.Running;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Tests;

public sealed class JudgeTests
{
    [Fact]
    public void An_exception_that_is_not_documented_is_found_and_its_input_is_repeated_by_seed_and_number()
    {
        var target = new BrokenTarget(input => input.Span.IndexOf((byte)0xEE) >= 0 ? throw new InvalidOperationException() : input);
        using var report = new StringWriter();

        Finding finding = Assert.Single(new Fuzzer([target], seed: 5, report).Run(TimeSpan.FromSeconds(30), 1_000_000).Findings);

        Assert.Contains(nameof(InvalidOperationException), finding.Problem, StringComparison.Ordinal);
        Assert.Contains($"--seed 5 --number {finding.Number}", report.ToString(), StringComparison.Ordinal);
        Assert.Equal(finding.Input, new InputSource(target, seed: 5).Create(finding.Number).ToArray());
    }

    [Fact]
    public void A_documented_exception_is_a_refusal()
    {
        var target = new BrokenTarget(_ => throw new FormatException());

        Verdict verdict = Judge.Examine(target, new byte[3]);

        Assert.Null(verdict.Problem);
        Assert.False(verdict.IsRead);
    }

    [Fact]
    public void Memory_out_of_proportion_is_found()
    {
        var target = new BrokenTarget(input => new byte[1_000_000 + input.Length]);

        Assert.Contains("allocated", Judge.Examine(target, new byte[3]).Problem, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_written_and_read_as_something_else_is_found()
    {
        int reads = 0;
        var target = new BrokenTarget(_ => new byte[++reads]) { Writes = true };

        Assert.Contains("Written, read and written again", Judge.Examine(target, new byte[3]).Problem, StringComparison.Ordinal);
    }

    private sealed class BrokenTarget(Func<ReadOnlyMemory<byte>, object?> read) : FuzzTarget
    {
        public bool Writes { get; init; }

        public override string Name => "broken";

        public override bool IsRefusal(Exception exception) => exception is FormatException;

        public override object? Read(ReadOnlyMemory<byte> input) => read(input);

        public override byte[]? Write(object read) => Writes ? (byte[])read : null;

        protected override IEnumerable<byte[]> CreateExamples(Random random) => [new byte[20]];
    }
}
