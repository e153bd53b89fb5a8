using Microsoft.CodeAnalysis;

namespace Kafscale.Protocol.Tests.Generator;

public sealed class IncrementalityTests
{
    private const string Body = "\nversions 0-1\nflexible 1+\nrequest\n  Name: string\nresponse\n  Name: string\n";

    [Fact]
    public void An_edited_field_emits_only_the_messages_of_its_file_again()
    {
        GeneratorRun run = new GeneratorRun().Set("A.kafka", "api A 0" + Body).Set("B.kafka", "api B 1" + Body).Run();

        run.Set("B.kafka", "api B 1" + Body.Replace("Name: string", "Name: string nullable = null", StringComparison.Ordinal)).Run();

        Assert.Contains("string? Name", run.Source("BRequest.g.cs"), StringComparison.Ordinal);
        Assert.Equal(1, OutputsThatRanAgain(run));
    }

    [Fact]
    public void An_API_with_other_versions_emits_the_catalog_too()
    {
        GeneratorRun run = new GeneratorRun().Set("A.kafka", "api A 0" + Body).Set("B.kafka", "api B 1" + Body).Run();

        run.Set("B.kafka", "api B 1" + Body.Replace("0-1", "0-2", StringComparison.Ordinal)).Run();

        Assert.Contains("new(ApiKey.B, \"B\", 0, 2, 2, 1)", run.Source("ApiCatalog.g.cs"), StringComparison.Ordinal);
        Assert.Equal(2, OutputsThatRanAgain(run));
    }

    [Fact]
    public void Nothing_runs_again_where_nothing_changed()
    {
        GeneratorRun run = new GeneratorRun().Set("A.kafka", "api A 0" + Body).Run();

        run.Set("A.kafka", "api A 0" + Body).Run();

        Assert.Equal(0, OutputsThatRanAgain(run));
    }

    /// <summary>Counts the outputs that wrote source; the ones that only report problems write none.</summary>
    private static int OutputsThatRanAgain(GeneratorRun run) => run.Result.TrackedOutputSteps
        .SelectMany(step => step.Value)
        .SelectMany(step => step.Outputs)
        .Count(output => output.Reason is IncrementalStepRunReason.Modified or IncrementalStepRunReason.New);
}
