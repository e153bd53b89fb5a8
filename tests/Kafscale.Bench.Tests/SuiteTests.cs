using Kafscale.Bench.Suite;

namespace Kafscale.Bench.Tests;

public sealed class SuiteTests
{
    [Theory]
    [InlineData("fetch from cache 250 × 4 × 1 KiB")]
    [InlineData("produce 16 × 1 KiB, at 20 MB/s")]
    public async Task A_case_yields_a_row_with_the_broker_as_it_is_built(string name)
    {
        var options = SuiteOptions.Parse(["--only", name, "--store", "memory", "--scale", "0.01", "--runs", "1", "--against", "none"])!;

        var lines = (await SuiteScenario.RunAsync(options)).TrimEnd().Split('\n');

        Assert.Equal(3, lines.Length);
        Assert.StartsWith($"| {name}", lines[2], StringComparison.Ordinal);
        var cells = lines[2].Split('|', StringSplitOptions.TrimEntries);
        Assert.Equal(lines[0].Count(character => character == '|'), cells.Length - 1);
        Assert.NotEqual("0", cells[3]);
    }

    [Fact]
    public void No_two_cases_of_a_store_have_the_same_name()
    {
        var rows = SuiteOptions.Parse([])!.Cases.Select(entry => (entry.Case.Name, entry.Store)).ToList();

        Assert.Equal(rows.Count, rows.Distinct().Count());
    }

    [Fact]
    public void No_case_keeps_more_than_two_gibibytes()
    {
        foreach (var measured in CaseList.All.Where(measured => !measured.IsSteady))
        {
            var requests = measured.Operation switch
            {
                Operation.Produce => measured.Requests + measured.WarmUpRequests,
                Operation.ClientProduce => (measured.Requests + measured.WarmUpRequests) / measured.RecordsPerBatch,
                _ => measured.PreparingRequests,
            };
            Assert.InRange(requests * measured.PayloadBytesPerRequest, 0, 2L << 30);
        }
    }

    [Theory]
    [InlineData("--runs", "0")]
    [InlineData("--scale", "-1")]
    [InlineData("--store", "tape")]
    [InlineData("--only")]
    [InlineData("--unknown", "1")]
    public void Wrong_arguments_are_not_taken(params string[] arguments) => Assert.Null(SuiteOptions.Parse(arguments));

    [Fact]
    public void A_store_that_is_named_replaces_those_of_the_cases()
    {
        var options = SuiteOptions.Parse(["--store", "s3", "--only", "at 200 MB/s", "--list"])!;

        var (measured, store) = Assert.Single(options.Cases);
        Assert.Equal(Store.S3, store);
        Assert.Equal([Store.Memory], measured.Stores);
        Assert.True(options.IsList);
    }
}
