using Kafscale.Testing;

namespace Kafscale.Cli.Tests.Commands;

/// <summary>What shells are told where they complete a command line.</summary>
public sealed class CompletionTests(TestBroker broker) : ClientCommandTests(broker)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    [Fact]
    public async Task Commands_options_and_words_are_suggested()
    {
        Assert.Contains("topic", await SuggestAsync("kafscale to"));
        Assert.Contains("add-partitions", await SuggestAsync("kafscale topic "));
        Assert.Contains("--output", await SuggestAsync("kafscale topic list --out"));
        Assert.Contains("json", await SuggestAsync("kafscale topic list --output "));
    }

    [Fact]
    public async Task Topics_and_groups_of_the_cluster_are_suggested()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "1");
        await RunAsync("consume", Topic, "--group", Group);

        Assert.Contains(Topic, await SuggestAsync("kafscale topic describe "));
        Assert.Contains(Group, await SuggestAsync("kafscale group describe "));
    }

    [Fact]
    public async Task A_cluster_that_does_not_answer_suggests_nothing()
    {
        Assert.DoesNotContain(Topic, await SuggestAsync("kafscale topic describe -b 127.0.0.1:1 "));
    }

    [Fact]
    public async Task Help_asks_no_cluster()
    {
        await RunAsync("topic", "create", Topic, "-p", "1");
        await RunAsync("produce", Topic, "1");
        await RunAsync("consume", Topic, "--group", Group);

        foreach (var command in (string[][])[[], ["topic"], ["topic", "describe"], ["group"], ["group", "delete"], ["consume"]])
        {
            var help = await RunAsync([.. command, "--help"]);
            Assert.DoesNotContain(Topic, help, StringComparison.Ordinal);
            Assert.DoesNotContain(Group, help, StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Bash_completes_a_line()
    {
        const string Script = """
            source <("$0" completion bash)
            COMP_WORDS=("$0" topic li) COMP_CWORD=2 COMP_LINE='kafscale topic li' COMP_POINT=17
            _kafscale
            echo "${COMPREPLY[@]}"
            """;
        Assert.Equal((0, "list\n"), await RunningProcess.RunAsync("bash", ["-c", Script, BrokerProcess.Executable], Patience));
    }

    [Fact]
    public async Task Zsh_completes_a_line()
    {
        const string Script = """
            compdef() { print -r -- "$@" }
            compadd() { print -r -- "$@" }
            source <("$0" completion zsh)
            words=("$0" topic li) BUFFER='kafscale topic li' CURSOR=17
            _kafscale
            """;
        Assert.Equal((0, "_kafscale kafscale\n-- list\n"), await RunningProcess.RunAsync("zsh", ["-f", "-c", Script, BrokerProcess.Executable], Patience));
    }

    private async Task<string[]> SuggestAsync(string line) => (await RunAsync($"[suggest:{line.Length}]", line)).Split('\n');
}
