using System.Text;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Configuration;
using Kafscale.Testing;

namespace Kafscale.Fuzzing.Targets.Text;

/// <summary>Configuration files: YAML, and the settings in it.</summary>
internal sealed class ConfigurationTarget : FuzzTarget, IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public override string Name => "configuration";

    // Every event of YAML is an object, and every problem a sentence.
    public override long MaxAllocatedBytes(int inputLength) => (1024 * 1024) + (4096L * inputLength);

    public override bool IsRefusal(Exception exception) => exception is InvalidConfigurationException;

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        string file = _folder.File("kafscale.yaml");
        File.WriteAllBytes(file, input.Span);
        var problems = new List<string>();
        Dictionary<string, string> values = ConfigurationFile.Read(file, problems);
        return BrokerConfigurationReader.Read(ServerRole.Broker, [ConfigurationSource.File(file, values)], problems);
    }

    public void Dispose() => _folder.Dispose();

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        const string stores = "metadata: sqlite:metadata.db\nobject.store: file:objects\n";
        yield return Encoding.UTF8.GetBytes(stores);
        yield return Encoding.UTF8.GetBytes(stores + "broker:\n  addr: 127.0.0.1:9092\n  id: 1\nflush:\n  bytes: 8MiB\n  interval.ms: 100\n");
        yield return Encoding.UTF8.GetBytes("# a comment\n{ metadata: 'sqlite:metadata.db', object.store: \"file:objects\", broker: { id: &id 1 } }\n");
        foreach (Setting setting in BrokerSettings.All.Where(setting => setting.Default is not null && setting.Roles.HasFlag(ServerRole.Broker)))
        {
            yield return Encoding.UTF8.GetBytes($"{stores}{setting.Key}: {setting.Default}\n");
        }
    }
}
