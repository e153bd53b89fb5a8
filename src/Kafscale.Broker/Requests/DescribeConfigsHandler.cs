using System.Collections.ObjectModel;
using System.Globalization;
using Kafscale.Broker.Cluster;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Kafscale.Protocol.Messages;
using static Kafscale.Protocol.Messages.DescribeConfigsRequest;
using static Kafscale.Protocol.Messages.DescribeConfigsResponse;

namespace Kafscale.Broker.Requests;

/// <summary>Shows the configurations of topics, of this broker, and of groups.</summary>
internal sealed class DescribeConfigsHandler(ClusterState cluster, ClusterOptions options, GroupOptions groupOptions)
    : RequestHandler<DescribeConfigsRequest, DescribeConfigsResponse>
{
    private const int FirstVersionWithSources = 1;

    protected override ValueTask<IResponseMessage?> HandleAsync(
        RequestContext context, DescribeConfigsRequest request, CancellationToken cancellationToken) =>
        new(new DescribeConfigsResponse { Results = request.Resources.ConvertAll(resource => Describe(resource, request, context.ApiVersion)) });

    protected override DescribeConfigsResponse CreateErrorResponse(DescribeConfigsRequest request, ErrorCode errorCode) =>
        new() { Results = request.Resources.ConvertAll(resource => Failed(resource, new ApiError(errorCode))) };

    private static DescribeConfigsResult Failed(DescribeConfigsResource resource, ApiError error) => new()
    {
        ErrorCode = error.Code,
        ErrorMessage = error.Message,
        ResourceType = resource.ResourceType,
        ResourceName = resource.ResourceName,
    };

    private static DescribeConfigsResourceResult Describe(ConfigDescription config, DescribeConfigsRequest request, short version) => new()
    {
        Name = config.Name,
        Value = config.Value,
        ReadOnly = config.IsReadOnly,
        IsDefault = version < FirstVersionWithSources && config.Source == ConfigSource.DefaultConfig,
        ConfigSource = (sbyte)config.Source,
        Synonyms = request.IncludeSynonyms
            ? [.. config.Synonyms.Select(synonym => new DescribeConfigsSynonym
                {
                    Name = synonym.Name,
                    Value = synonym.Value,
                    Source = (sbyte)synonym.Source,
                })]
            : [],
        ConfigType = (sbyte)config.Type,
        Documentation = request.IncludeDocumentation ? config.Documentation : null,
    };

    private DescribeConfigsResult Describe(DescribeConfigsResource resource, DescribeConfigsRequest request, short version)
    {
        var error = Find(resource, out var configs);
        if (!error.IsNone)
        {
            return Failed(resource, error);
        }

        // As in Kafka, an empty list of names means all.
        var names = resource.ConfigurationKeys is { Count: > 0 } keys ? keys.ToHashSet(StringComparer.Ordinal) : null;
        return new DescribeConfigsResult
        {
            ErrorMessage = null,
            ResourceType = resource.ResourceType,
            ResourceName = resource.ResourceName,
            Configs =
            [
                .. configs
                    .Where(config => names is null || names.Contains(config.Name))
                    .OrderBy(config => config.Name, StringComparer.Ordinal)
                    .Select(config => Describe(config, request, version)),
            ],
        };
    }

    private ApiError Find(DescribeConfigsResource resource, out IEnumerable<ConfigDescription> configs)
    {
        configs = [];
        switch ((ConfigResourceType)resource.ResourceType)
        {
            case ConfigResourceType.Topic:
                return FindTopic(resource.ResourceName, out configs);
            case ConfigResourceType.Broker when resource.ResourceName.Length == 0:
                // The defaults of all brokers that are set at run time: there are none.
                return ApiError.None;
            case ConfigResourceType.Broker:
                var error = BrokerResource.Check(resource.ResourceName, options);
                configs = error.IsNone ? BrokerConfigDescriptions.Of(options, cluster.Brokers.GetValueOrDefault(options.NodeId)?.Record) : [];
                return error;
            case ConfigResourceType.Group when resource.ResourceName.Length == 0:
                return new ApiError(ErrorCode.InvalidRequest, "Group name must not be empty");
            case ConfigResourceType.Group:
                // Also where there is no such group: what is set holds for one that comes later.
                var own = cluster.ConfiguredGroups.GetValueOrDefault(resource.ResourceName)?.Configs;
                configs = GroupConfigDescriptions.OfGroup(own ?? ReadOnlyDictionary<string, string>.Empty, groupOptions);
                return ApiError.None;
            default:
                return new ApiError(
                    ErrorCode.InvalidRequest,
                    string.Create(
                        CultureInfo.InvariantCulture,
                        $"Resource type {resource.ResourceType} has no configurations here; topics (2), brokers (4) and groups (32) have."));
        }
    }

    private ApiError FindTopic(string name, out IEnumerable<ConfigDescription> configs)
    {
        configs = [];
        if (TopicNames.FindFault(name) is { } fault)
        {
            return new ApiError(ErrorCode.InvalidTopicException, fault);
        }

        if (!cluster.TryGetTopic(name, out var topic))
        {
            return ApiError.UnknownTopic(name);
        }

        configs = TopicConfigDescriptions.OfTopic(topic.Configs, options.TopicDefaults);
        return ApiError.None;
    }
}
