using System.Diagnostics.CodeAnalysis;
using Google.Protobuf.Collections;
using Kafscale.Protocol;

namespace Kafscale.Broker.Cluster;

/// <summary>Applies changes to what is set on a topic.</summary>
internal static class TopicConfigChanges
{
    /// <summary>More than any sensible value needs; keeps a topic's record small whatever clients send.</summary>
    public const int MaxValueLength = 256;

    /// <summary>Checks a value as a client sets it.</summary>
    /// <param name="fault">What is wrong, for a person.</param>
    public static bool TryValidate(string name, string? value, [NotNullWhen(false)] out string? fault)
    {
        if (value?.Length > MaxValueLength)
        {
            fault = $"Invalid value for configuration {name}: it is longer than {MaxValueLength} characters";
            return false;
        }

        return TopicConfigs.TryValidate(name, value, out fault);
    }

    /// <summary>Applies all changes, or says why one of them can not be.</summary>
    /// <param name="configs">What is set now; changed in place, and of no use after an error.</param>
    /// <param name="changes">The changes, each of another configuration.</param>
    /// <param name="defaults">What holds where nothing is set: lists are appended to it.</param>
    public static ApiError Apply(MapField<string, string> configs, IEnumerable<TopicConfigChange> changes, TopicConfiguration defaults)
    {
        foreach (var change in changes)
        {
            var error = Apply(configs, change, defaults);
            if (!error.IsNone)
            {
                return error;
            }
        }

        return ApiError.None;
    }

    private static ApiError Apply(MapField<string, string> configs, TopicConfigChange change, TopicConfiguration defaults)
    {
        switch (change.Operation)
        {
            case TopicConfigOperation.Set:
                return Set(configs, change.Name, change.Value);
            case TopicConfigOperation.Delete:
                configs.Remove(change.Name);
                return ApiError.None;
            case TopicConfigOperation.Append or TopicConfigOperation.Subtract:
                return ChangeList(configs, change, defaults);
            default:
                return new ApiError(ErrorCode.InvalidRequest, $"Unknown operation type {(int)change.Operation}");
        }
    }

    private static ApiError Set(MapField<string, string> configs, string name, string? value)
    {
        if (!TryValidate(name, value, out var fault))
        {
            return new ApiError(ErrorCode.InvalidConfig, fault);
        }

        configs[name] = value!;
        return ApiError.None;
    }

    private static ApiError ChangeList(MapField<string, string> configs, TopicConfigChange change, TopicConfiguration defaults)
    {
        if (!TopicConfigs.All.TryGetValue(change.Name, out var definition))
        {
            return new ApiError(ErrorCode.InvalidConfig, $"Unknown topic config name: {change.Name}");
        }

        if (definition.Type != TopicConfigType.List)
        {
            var operation = change.Operation == TopicConfigOperation.Append ? "APPEND" : "SUBTRACT";
            return new ApiError(ErrorCode.InvalidConfig, $"Can't {operation} to key {change.Name} because its type is not LIST.");
        }

        var current = configs.TryGetValue(change.Name, out var own) ? own : definition.Effective(defaults);
        var given = TopicConfigs.SplitList(change.Value ?? "");
        var changed = change.Operation == TopicConfigOperation.Append
            ? TopicConfigs.SplitList(current).Union(given)
            : TopicConfigs.SplitList(current).Except(given);
        return Set(configs, change.Name, string.Join(',', changed));
    }
}
