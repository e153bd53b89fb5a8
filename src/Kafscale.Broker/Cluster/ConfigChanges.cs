using Google.Protobuf.Collections;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Applies changes to what is set on a resource.</summary>
internal static class ConfigChanges
{
    /// <summary>More than any sensible value needs; keeps a resource's record small whatever clients send.</summary>
    public const int MaxValueLength = 256;

    /// <summary>What is wrong with a value as a client sets it, for a person; null where nothing is.</summary>
    public static string? FindFault(IConfigSchema schema, string name, string? value) => value switch
    {
        null => $"Null value not supported for configuration {name}",
        { Length: > MaxValueLength } => $"Invalid value for configuration {name}: it is longer than {MaxValueLength} characters",

        // .NET reads numbers over a NUL at their end.
        _ when value.Contains('\0', StringComparison.Ordinal) => $"Invalid value for configuration {name}: it has a NUL character",
        _ => schema.FindFault(name, value),
    };

    /// <summary>Applies all changes, or says why one of them can not be.</summary>
    /// <param name="configs">What is set now; changed in place, and of no use after an error.</param>
    /// <param name="alteration">The changes.</param>
    /// <param name="schema">What may be set.</param>
    public static ApiError Apply(MapField<string, string> configs, ConfigAlteration alteration, IConfigSchema schema)
    {
        if (alteration.ReplacesAll)
        {
            configs.Clear();
        }

        foreach (var change in alteration.Changes)
        {
            var error = Apply(configs, change, schema);
            if (!error.IsNone)
            {
                return error;
            }
        }

        return ApiError.None;
    }

    private static ApiError Apply(MapField<string, string> configs, ConfigChange change, IConfigSchema schema)
    {
        switch (change.Operation)
        {
            case ConfigOperation.Set:
                return Set(configs, change.Name, change.Value, schema);
            case ConfigOperation.Delete:
                configs.Remove(change.Name);
                return ApiError.None;
            case ConfigOperation.Append or ConfigOperation.Subtract:
                return ChangeList(configs, change, schema);
            default:
                return new ApiError(ErrorCode.InvalidRequest, $"Unknown operation type {(int)change.Operation}");
        }
    }

    private static ApiError Set(MapField<string, string> configs, string name, string? value, IConfigSchema schema)
    {
        if (FindFault(schema, name, value) is { } fault)
        {
            return new ApiError(ErrorCode.InvalidConfig, fault);
        }

        configs[name] = value!;
        return ApiError.None;
    }

    private static ApiError ChangeList(MapField<string, string> configs, ConfigChange change, IConfigSchema schema)
    {
        if (schema.FindDefaultList(change.Name) is not { } defaultList)
        {
            var operation = change.Operation == ConfigOperation.Append ? "APPEND" : "SUBTRACT";
            return new ApiError(ErrorCode.InvalidConfig, $"Can't {operation} to key {change.Name} because its type is not LIST.");
        }

        var current = TopicConfigs.SplitList(configs.TryGetValue(change.Name, out var own) ? own : defaultList);
        var given = TopicConfigs.SplitList(change.Value ?? "");
        var changed = change.Operation == ConfigOperation.Append ? current.Union(given) : current.Except(given);
        return Set(configs, change.Name, string.Join(',', changed), schema);
    }
}
