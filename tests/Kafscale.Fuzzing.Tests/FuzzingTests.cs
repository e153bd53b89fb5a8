using System.Diagnostics;
using System.Globalization;
using Kafscale.Fuzzing.Running;
using Kafscale.Fuzzing.Targets;

namespace Kafscale.Fuzzing.Tests;

public sealed class FuzzingTests(ITestOutputHelper output)
{
    private static readonly TimeSpan ShortTime = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    // An hour, but for whoever wants to see the long test at work.
    private static readonly TimeSpan LongTime = TimeSpan.FromMinutes(
        Environment.GetEnvironmentVariable("FUZZ_MINUTES") is { } given ? double.Parse(given, CultureInfo.InvariantCulture) : 60);

    public static TheoryData<string> TargetNames => new(TargetCatalog.CreateAll().Select(target => target.Name));

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void Every_example_is_read_and_written_as_it_was(string name)
    {
        FuzzTarget target = Find(name);
        foreach (byte[] example in target.Examples)
        {
            Verdict verdict = Judge.Examine(target, example);
            Assert.True(verdict is { Problem: null, IsRead: true }, $"{verdict.Problem ?? "refused"}: {Convert.ToHexStringLower(example)}");
            if (target.WritesExamplesBack && target.Write(target.Read(example)!) is { } written)
            {
                Assert.Equal(Convert.ToHexStringLower(example), Convert.ToHexStringLower(written));
            }
        }
    }

    [Theory]
    [MemberData(nameof(TargetNames))]
    public void What_was_once_read_wrongly_is_read_rightly(string name)
    {
        FuzzTarget target = Find(name);
        foreach (string file in KeptCorpus.Files(name))
        {
            Verdict verdict = Judge.Examine(target, File.ReadAllBytes(file));
            Assert.True(verdict.Problem is null, $"{file}: {verdict.Problem}");
        }
    }

    [Fact]
    public void Nothing_is_found_in_ten_seconds()
    {
        using var report = new StringWriter();

        (IReadOnlyList<Finding> findings, long count) = new Fuzzer(TargetCatalog.CreateAll(), seed: 1, report).Run(ShortTime, long.MaxValue);

        output.WriteLine(report.ToString());
        Assert.True(findings.Count == 0, report.ToString());
        Assert.True(count > 0);
    }

    [Fact]
    [Trait("Category", "Long")]
    public async Task Nothing_is_found_in_an_hour_with_and_without_guidance()
    {
        long seed = Random.Shared.NextInt64(1_000_000);

        Task<string> plain = RunAsync("--seed", $"{seed}", "--minutes", LongMinutes);
        Task<string> guided = RunAsync("--seed", $"{seed}", "--minutes", LongMinutes, "--guided", "true");

        output.WriteLine(await plain);
        output.WriteLine(await guided);
    }

    [Fact]
    public async Task Inputs_that_come_where_none_came_before_are_kept_in_a_guided_run()
    {
        string report = await RunAsync("--target", "manifest", "--inputs", "20000", "--guided", "true");

        Assert.Matches(" [1-9][0-9]* edges, [1-9][0-9]* inputs kept", report);
    }

    private static string LongMinutes => LongTime.TotalMinutes.ToString(CultureInfo.InvariantCulture);

    private static FuzzTarget Find(string name) => TargetCatalog.CreateAll().Single(target => target.Name == name);

    /// <summary>Fuzzes in a process of its own, where nothing may be found.</summary>
    private static async Task<string> RunAsync(params string[] arguments)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "kafscale-fuzz"), ["run", .. arguments]) { RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        try
        {
            string report = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken).WaitAsync((2 * LongTime) + Patience);
            await process.WaitForExitAsync(TestContext.Current.CancellationToken);
            Assert.True(process.ExitCode == 0, report);
            return report;
        }
        finally
        {
            process.Kill(entireProcessTree: true);
        }
    }
}
