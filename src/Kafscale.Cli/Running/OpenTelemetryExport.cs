using System.Globalization;
using Kafscale.Broker.Configuration;
using Kafscale.Broker.Telemetry;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Metrics;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;

namespace Kafscale.Cli.Running;

/// <summary>Sends metrics and traces by the OpenTelemetry protocol, where the configuration says where to.</summary>
internal sealed class OpenTelemetryExport : IDisposable
{
    private readonly MeterProvider? _metrics;
    private readonly TracerProvider? _traces;

    public OpenTelemetryExport(BrokerConfiguration configuration)
    {
        if (configuration.OtlpEndpoint is not { } endpoint)
        {
            return;
        }

        var resource = ResourceBuilder.CreateDefault().AddService(
            "kafscale",
            serviceVersion: typeof(PrometheusExporter).Assembly.GetName().Version?.ToString(3),
            serviceInstanceId: configuration.BrokerId.ToString(CultureInfo.InvariantCulture));
        if (configuration.OtlpMetricsIntervalSec > 0)
        {
            _metrics = Sdk.CreateMeterProviderBuilder()
                .SetResourceBuilder(resource)
                .AddMeter(PrometheusExporter.MeterPrefix + ".*")
                .AddOtlpExporter((exporter, reader) =>
                {
                    Configure(exporter, endpoint, configuration.OtlpProtocol, "v1/metrics");
                    reader.PeriodicExportingMetricReaderOptions.ExportIntervalMilliseconds = configuration.OtlpMetricsIntervalSec * 1_000;
                })
                .Build();
        }

        if (configuration.TracingSampleRatio > 0)
        {
            _traces = Sdk.CreateTracerProviderBuilder()
                .SetResourceBuilder(resource)
                .AddSource(TracingSource.Name)
                .SetSampler(new ParentBasedSampler(new TraceIdRatioBasedSampler(configuration.TracingSampleRatio)))
                .AddOtlpExporter(exporter => Configure(exporter, endpoint, configuration.OtlpProtocol, "v1/traces"))
                .Build();
        }
    }

    /// <summary>Sends what is left.</summary>
    public void Dispose()
    {
        _traces?.Dispose();
        _metrics?.Dispose();
    }

    private static void Configure(OtlpExporterOptions options, Uri endpoint, OtlpProtocol protocol, string path)
    {
        options.Protocol = protocol == OtlpProtocol.Grpc ? OtlpExportProtocol.Grpc : OtlpExportProtocol.HttpProtobuf;
        options.Endpoint = protocol == OtlpProtocol.Grpc ? endpoint : new Uri(endpoint, path);
    }
}
