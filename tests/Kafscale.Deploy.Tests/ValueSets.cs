namespace Kafscale.Deploy.Tests;

/// <summary>Values that turn each feature on, or away from its default, for what must hold with any of them.</summary>
public static class ValueSets
{
    private static readonly Dictionary<string, string> Sets = new()
    {
        ["the chart's own"] = "",
        ["one operator"] = "operator: {replicas: 1, podDisruptionBudget: {enabled: false}}",
        ["cluster-wide"] = "watch: {clusterWide: true}",
        ["another namespace"] = "watch: {namespace: blue}",
        ["another image"] = "image: {repository: registry.example:5000/team/kafscale, tag: 1.2.3-rc.1, pullPolicy: Always, pullSecrets: [{name: registry}]}",
        ["a console"] = "console: {enabled: true, bootstrapServer: 'records-broker:9092', adminSecret: admin}",
        ["a console for others"] = """
            console:
              enabled: true
              bootstrapServer: kafka.example:9092
              brokerHttp: http://{host}:9644
              readOnly: true
              usersSecret: users
              service: {type: LoadBalancer, port: 8443, annotations: {a: b}}
              ingress: {enabled: true, className: nginx, host: console.example, tlsSecret: tls, annotations: {c: d}}
              serviceAccount: {create: false, name: other}
              podLabels: {team: blue}
              podAnnotations: {e: f}
              nodeSelector: {disk: ssd}
            """,
        ["monitoring"] = "monitoring: {labels: {release: prometheus}, serviceMonitor: {enabled: true, interval: 15s}, prometheusRule: {enabled: true}}",
        ["monitoring cluster-wide"] = "{watch: {clusterWide: true}, monitoring: {serviceMonitor: {enabled: true}}}",
        ["monitoring of another namespace"] = "{watch: {namespace: blue}, monitoring: {serviceMonitor: {enabled: true}}}",
        ["no network policies"] = "networkPolicy: {enabled: false}",
        ["narrow network policies"] = """
            console: {enabled: true, bootstrapServer: 'records-broker:9092'}
            networkPolicy:
              metricsFrom: []
              clientsFrom: [{namespaceSelector: {matchLabels: {kafka: client}}}]
              consoleFrom: [{ipBlock: {cidr: 10.0.0.0/8}}]
            """,
        ["roles for users"] = "rbac: {userRoles: true}",
        ["roles of others"] = "{rbac: {create: false}, operator: {serviceAccount: {create: false, name: mine}}}",
        ["other names"] = "{nameOverride: kfs, fullnameOverride: streaming, commonLabels: {team: blue}}",
        ["an etcd for all"] = "etcd: {endpoints: 'http://etcd-0:2379,http://etcd-1:2379'}",
        ["other etcd"] = """
            etcd:
              image: registry.example/etcd:v3.5.21
              replicas: 1
              storage: {size: 1Gi, className: fast, inMemory: true}
              autoCompaction: {mode: revision, retention: '1000'}
              quotaBackend: 512Mi
              maintenance: {schedule: '0 3 * * *', checkSchedule: '*/10 * * * *', sizeThresholdPercent: 50}
              snapshot:
                bucket: snapshots
                prefix: etcd
                schedule: '0 * * * *'
                s3Endpoint: http://minio:9000
                staleAfterSeconds: 600
                keep: 7
                createBucket: true
                protectBucket: true
                skipPreflight: true
            """,
        ["another placement"] = """
            operator:
              priorityClassName: high
              nodeSelector: {disk: ssd}
              tolerations: [{key: dedicated, operator: Exists, effect: NoSchedule}]
              affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: [{topologyKey: zone, labelSelector: {}}]}}
              podLabels: {team: blue}
              podAnnotations: {a: b}
              leaderKey: other
              resyncSeconds: 10
              log: {level: debug, format: console}
              extraEnv: [{name: HTTPS_PROXY, value: 'http://proxy:3128'}]
            """,
    };

    /// <summary>Their names, for theories.</summary>
    public static TheoryData<string> Names => [.. Sets.Keys];

    /// <summary>The values of a name, as YAML.</summary>
    public static string Of(string name) => Sets[name];
}
