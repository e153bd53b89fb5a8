using System.CommandLine;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Recovery;
using Kafscale.Broker.StorageTools;
using Kafscale.Cli.Running;
using Kafscale.Cli.Running.Logs;
using Kafscale.Metadata;
using Kafscale.Metadata.Sqlite;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Commands;

/// <summary>A command that works on a cluster's stores, which it finds by the same settings as a broker.</summary>
internal abstract class StorageToolCommand : Command, IHasExamples
{
    private const string MetadataFile = "metadata.db";
    private const string ObjectFolder = "objects";

    private readonly SettingOptions _settings;
    private readonly Option<string> _dataDirectory = new("--data-dir")
    {
        Description = "The folder of 'kafscale dev', in place of --metadata and --object-store.",
        HelpName = "FOLDER",
    };

    protected StorageToolCommand(string name, string description, string examples, Surroundings surroundings)
        : base(name, description)
    {
        Surroundings = surroundings;
        Examples = examples + """


            The settings are those of the broker, as flags, environment variables or in its configuration file. A broker whose
            metadata are in a SQLite file has that file for itself: stop it first.
            """;
        Add(_dataDirectory);
        _settings = new SettingOptions(this, ServerRole.Broker, IsHidden);
        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples { get; }

    protected Surroundings Surroundings { get; }

    /// <summary>Whether the command does without metadata, so that none have to be named.</summary>
    protected virtual bool IsWithoutMetadata(ParseResult parsed) => false;

    /// <summary>Whether the command is to create a metadata store where there is none.</summary>
    protected virtual bool CreatesMetadata(ParseResult parsed) => false;

    /// <summary>Does what the command is for where it needs no stores.</summary>
    /// <returns>The exit code; null where it does need them.</returns>
    protected virtual Task<int?> RunWithoutStoresAsync(ParseResult parsed, CancellationToken cancellationToken) => Task.FromResult<int?>(null);

    /// <summary>Does what the command is for.</summary>
    /// <returns>The exit code.</returns>
    protected abstract Task<int> RunAsync(ParseResult parsed, ToolStores stores, ILoggerFactory loggerFactory, CancellationToken cancellationToken);

    private async Task<int> RunAsync(ParseResult parsed)
    {
        BrokerConfiguration configuration;
        try
        {
            if (await RunWithoutStoresAsync(parsed, Surroundings.Stop) is { } exitCode)
            {
                return exitCode;
            }

            configuration = _settings.Read(parsed, Surroundings.Variables, Fallback(parsed));
        }
        catch (Exception e) when (e is CorruptObjectException or NotSupportedException or IOException or UnauthorizedAccessException)
        {
            return await FailAsync($"kafscale storage {Name} failed: {e.Message}");
        }
        catch (InvalidConfigurationException e)
        {
            await Surroundings.WriteProblemsAsync($"kafscale storage {Name}", e);
            return ExitCode.Failure;
        }

        using var loggerFactory = ConsoleLogging.Create(configuration, new LogLevels(configuration.LogLevel), Surroundings.TimeProvider);
        try
        {
            await using var stores = await ToolStores.OpenAsync(
                configuration, IsWithoutMetadata(parsed), CreatesMetadata(parsed), Surroundings.TimeProvider, Surroundings.Stop);
            return await RunAsync(parsed, stores, loggerFactory, Surroundings.Stop);
        }
        catch (OperationCanceledException) when (Surroundings.Stop.IsCancellationRequested)
        {
            return await FailAsync($"kafscale storage {Name} was stopped before it was done.");
        }
        catch (Exception e) when (e is StartFailedException or BucketMismatchException or MetadataFileException or MetadataUnavailableException
            or CorruptObjectException or IOException or InvalidOperationException or NotSupportedException)
        {
            return await FailAsync($"kafscale storage {Name} failed: {e.Message}");
        }
    }

    protected async Task<int> FailAsync(string message)
    {
        await Surroundings.Error.WriteLineAsync(message);
        return ExitCode.Failure;
    }

    private Dictionary<string, string> Fallback(ParseResult parsed)
    {
        // Nobody connects to this process.
        var values = new Dictionary<string, string> { ["broker.host"] = "localhost" };
        if (parsed.GetValue(_dataDirectory) is { } folder)
        {
            values.Add("metadata", $"sqlite:{Path.Combine(folder, MetadataFile)}");
            values.Add("object.store", $"file:{Path.Combine(folder, ObjectFolder)}");
        }
        else if (IsWithoutMetadata(parsed))
        {
            // Never opened.
            values.Add("metadata", $"sqlite:{MetadataFile}");
        }

        return values;
    }

    private static bool IsHidden(Setting setting) =>
        setting.MissingFeature is not null
        || !(setting.Key is "metadata" or "object.store" or "log.level" || setting.Key.StartsWith("s3.", StringComparison.Ordinal)
            || setting.Key.StartsWith("etcd.", StringComparison.Ordinal));
}
