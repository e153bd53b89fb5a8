using System.Globalization;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace Kafscale.Operator.Kubernetes;

/// <summary>Tells people what happened to a resource: <c>kubectl describe</c> shows it.</summary>
internal sealed partial class EventRecorder(KubernetesObjects objects, TimeProvider timeProvider, Random random, ILogger<EventRecorder> logger)
{
    private const int MaxMessageLength = 1000;

    /// <summary>Records an event; where that fails it is logged, and nothing else depends on it.</summary>
    /// <param name="about">The resource.</param>
    /// <param name="isWarning">Whether somebody should do something.</param>
    /// <param name="reason">A word.</param>
    /// <param name="message">A sentence.</param>
    /// <param name="cancellationToken">Gives up.</param>
    public async Task RecordAsync(IKubernetesObject<V1ObjectMeta> about, bool isWarning, string reason, string message, CancellationToken cancellationToken)
    {
        LogEvent(logger, about.Kind, about.Metadata.NamespaceProperty, about.Metadata.Name, reason, message);
        var now = timeProvider.GetUtcNow().UtcDateTime;
        var record = new Corev1Event
        {
            Metadata = new V1ObjectMeta
            {
                Name = string.Create(CultureInfo.InvariantCulture, $"{about.Metadata.Name}.{now.Ticks:x}{random.Next(0x10000):x4}"),
                NamespaceProperty = about.Metadata.NamespaceProperty,
            },
            InvolvedObject = new V1ObjectReference
            {
                ApiVersion = about.ApiVersion,
                Kind = about.Kind,
                Name = about.Metadata.Name,
                NamespaceProperty = about.Metadata.NamespaceProperty,
                Uid = about.Metadata.Uid,
            },
            Type = isWarning ? "Warning" : "Normal",
            Reason = reason,
            Message = message.Length > MaxMessageLength ? message[..MaxMessageLength] : message,
            Source = new V1EventSource { Component = KubernetesObjects.FieldManager },
            FirstTimestamp = now,
            LastTimestamp = now,
            Count = 1,
        };
        try
        {
            await objects.CreateAsync(ResourceKinds.Events, record, cancellationToken);
        }
        catch (Exception e) when (e is HttpOperationException or HttpRequestException)
        {
            LogUnrecorded(logger, reason, e.Message);
        }
    }

    [LoggerMessage(2403, LogLevel.Information, "{Kind} {Namespace}/{Name}: {Reason}: {Message}")]
    private static partial void LogEvent(ILogger logger, string kind, string @namespace, string name, string reason, string message);

    [LoggerMessage(2404, LogLevel.Warning, "The event {Reason} could not be recorded: {Cause}")]
    private static partial void LogUnrecorded(ILogger logger, string reason, string cause);
}
