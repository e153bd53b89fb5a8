using System.CommandLine;
using Kafscale.Broker.Configuration;
using Kafscale.Cli.Configuration;
using Kafscale.Cli.Running;

namespace Kafscale.Cli.Commands.Operators;

/// <summary><c>kafscale operator</c>: makes clusters and topics out of resources of Kubernetes.</summary>
internal sealed class OperatorCommand : Command, IHasExamples
{
    private readonly Surroundings _surroundings;
    private readonly Dictionary<Setting, Option<string>> _options = [];

    public OperatorCommand(Surroundings surroundings)
        : base("operator", "Runs the Kubernetes operator.")
    {
        _surroundings = surroundings;
        foreach (var setting in OperatorSettings.All)
        {
            var defaultValue = setting.Default is { } value ? $" Default: {value}." : "";
            var option = new Option<string>(setting.FlagAlias!)
            {
                Description = $"{setting.Description} Also {setting.EnvironmentName}.{defaultValue}",
                HelpName = setting.IsSwitch ? "true|false" : "VALUE",
                Arity = setting.IsSwitch ? ArgumentArity.ZeroOrOne : ArgumentArity.ExactlyOne,
            };
            _options.Add(setting, option);
            Add(option);
        }

        SetAction((parsed, _) => RunAsync(parsed));
    }

    public string Examples => """
        Examples:
          kafscale operator --image ghcr.io/kafscale/kafscale:0.1.0
          kafscale operator --image kafscale:dev --kubeconfig ~/.kube/config --namespace shop --leader-key shop/kafscale-operator

        docs/operator.md has the permissions that it needs. Two may run: the one that holds the Lease works.
        """;

    private async Task<int> RunAsync(ParseResult parsed)
    {
        try
        {
            var configuration = OperatorConfiguration.Read(
                setting => parsed.GetResult(_options[setting]) is { Implicit: false } ? parsed.GetValue(_options[setting]) ?? "true" : null, _surroundings.Variables);
            return await new OperatorRunner(configuration, _surroundings).RunAsync();
        }
        catch (InvalidConfigurationException e)
        {
            await _surroundings.WriteProblemsAsync("kafscale operator", e);
            return ExitCode.Failure;
        }
        catch (Exception e) when (e is StartFailedException or IOException or k8s.Exceptions.KubeConfigException or k8s.Autorest.HttpOperationException or HttpRequestException)
        {
            await _surroundings.Error.WriteLineAsync($"kafscale operator could not start: {e.Message}");
            return ExitCode.Failure;
        }
    }
}
