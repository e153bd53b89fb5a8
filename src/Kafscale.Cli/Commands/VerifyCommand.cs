using System.CommandLine;
using System.Text.Json;
using Kafscale.Broker.StorageTools;
using Kafscale.Cli.Running;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands;

/// <summary><c>kafscale storage verify</c>: reads everything and says what is wrong.</summary>
internal sealed class VerifyCommand : StorageToolCommand
{
    private const string ExamplesText = """
        Examples:
          kafscale storage verify --data-dir ./data
          kafscale storage verify --config /etc/kafscale/broker.yaml --topic orders
          kafscale storage verify --s3-bucket my-records --objects-only --json

        The exit code is 0 where everything is as it should be, else 1.
        """;

    private static readonly JsonSerializerOptions Json = new() { WriteIndented = true, PropertyNamingPolicy = JsonNamingPolicy.CamelCase };

    private readonly Option<string> _topic = new("--topic") { Description = "Looks at one topic alone.", HelpName = "NAME" };

    private readonly Option<bool> _objectsOnly = new("--objects-only")
    {
        Description = "Needs no metadata: compares the objects with each other. What no broker refers to is checked, too.",
    };

    private readonly Option<bool> _json = new("--json") { Description = "Prints the result as JSON." };

    public VerifyCommand(Surroundings surroundings)
        : base("verify", "Reads everything that is stored, and checks every checksum, offset and reference.", ExamplesText, surroundings)
    {
        Add(_topic);
        Add(_objectsOnly);
        Add(_json);
    }

    protected override bool IsWithoutMetadata(ParseResult parsed) => parsed.GetValue(_objectsOnly);

    protected override async Task<int> RunAsync(ParseResult parsed, ToolStores stores, ILoggerFactory loggerFactory, CancellationToken cancellationToken)
    {
        var progress = new ProgressLine(Surroundings);
        var verification = new StorageVerification(
            stores.ObjectStore, IsWithoutMetadata(parsed) ? null : stores.MetadataStore, stores.Options, parsed.GetValue(_topic), progress.Show);
        var report = await verification.RunAsync(cancellationToken);
        progress.End();
        if (parsed.GetValue(_json))
        {
            await Surroundings.Output.WriteLineAsync(JsonSerializer.Serialize(report, Json));
        }
        else
        {
            await PrintAsync(report);
        }

        return report.ProblemCount == 0 ? ExitCode.Success : ExitCode.Failure;
    }

    private async Task PrintAsync(VerifyReport report)
    {
        foreach (var problem in report.Problems)
        {
            await Surroundings.Output.WriteLineAsync($"{problem.Where}: {problem.What} {problem.WhatToDo}");
        }

        if (report.ProblemCount > report.Problems.Count)
        {
            await Surroundings.Output.WriteLineAsync($"... and {report.ProblemCount - report.Problems.Count} more.");
        }

        if (report.UnreferencedObjects > 0)
        {
            await Surroundings.Output.WriteLineAsync(
                $"Nothing refers to {report.UnreferencedObjects} objects of {report.UnreferencedBytes} bytes; that is no problem, 'kafscale storage gc' collects them.");
        }

        if (report.ForeignObjects > 0)
        {
            await Surroundings.Output.WriteLineAsync($"{report.ForeignObjects} objects are not Kafscale's.");
        }

        if (report is { AreBrokersLive: true, ProblemCount: > 0 })
        {
            await Surroundings.Output.WriteLineAsync("Brokers are running: what they changed meanwhile may be among the problems. Verify again.");
        }

        await Surroundings.Output.WriteLineAsync(
            $"{(report.ProblemCount == 0 ? "No problems" : $"{report.ProblemCount} problems")} in {report.Objects} objects of {report.Bytes} bytes, {report.Records} records, {report.Partitions} partitions.");
    }
}
