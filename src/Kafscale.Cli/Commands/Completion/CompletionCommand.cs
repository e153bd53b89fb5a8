using System.CommandLine;

namespace Kafscale.Cli.Commands.Completion;

/// <summary><c>kafscale completion</c>: what a shell needs to complete command lines; the command itself makes the suggestions.</summary>
internal sealed class CompletionCommand : Command, IHasExamples
{
    private const string BashScript = """
        _kafscale() {
            local word="${COMP_WORDS[COMP_CWORD]}" line="${COMP_LINE:0:COMP_POINT}"
            local words
            mapfile -t words < <("${COMP_WORDS[0]}" "[suggest:${#line}]" "$line" 2>/dev/null)
            COMPREPLY=()
            local candidate
            for candidate in "${words[@]}"; do
                [[ "$candidate" == "$word"* ]] && COMPREPLY+=("$candidate")
            done
        }
        complete -o default -F _kafscale kafscale

        """;

    private const string ZshScript = """
        #compdef kafscale
        _kafscale() {
            local line="${BUFFER[1,CURSOR]}"
            local -a candidates
            candidates=("${(@f)$("${words[1]}" "[suggest:${#line}]" "$line" 2>/dev/null)}")
            candidates=(${candidates:#})
            if (( ${#candidates} )); then compadd -- "${candidates[@]}"; else _files; fi
        }
        compdef _kafscale kafscale

        """;

    public CompletionCommand(TextWriter output)
        : base("completion", "Prints a script with which a shell completes command lines.")
    {
        Add(ScriptCommand("bash", BashScript, output));
        Add(ScriptCommand("zsh", ZshScript, output));
    }

    public string Examples => """
        Examples:
          source <(kafscale completion bash)      # in ~/.bashrc
          source <(kafscale completion zsh)       # in ~/.zshrc, below compinit

        Topics, groups and profiles are completed, too; those of the cluster in use, where it answers within a second.
        """;

    private static Command ScriptCommand(string shell, string script, TextWriter output)
    {
        var command = new Command(shell, $"The script for {shell}.");
        command.SetAction(_ => output.Write(script));
        return command;
    }
}
