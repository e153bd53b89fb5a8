using System.Runtime.Versioning;

namespace Kafscale.Cli.Tests.Commands;

/// <summary><c>kafscale profile</c>, and how other commands use profiles.</summary>
public sealed class ProfileCommandTests(TestBroker broker) : ClientCommandTests(broker)
{
    private string ProfileFile => Folder.File(".config/kafscale/profiles.json");

    [Fact]
    [UnsupportedOSPlatform("windows")]
    public async Task A_profile_is_kept_where_only_its_owner_may_read_it()
    {
        await RunAsync("profile", "create", "local", "-b", "localhost:1");
        await RunAsync("profile", "create", "other", "-b", "localhost:2");

        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ProfileFile));
        Assert.Contains(Cells(await RunAsync("profile", "list")), row => row is ["local", "yes", "localhost:1", "-"]);
        Assert.Contains(Cells(await RunAsync("profile", "list")), row => row is ["other", "no", "localhost:2", "-"]);
    }

    [Fact]
    public async Task The_folder_of_configurations_can_be_named()
    {
        Variables["XDG_CONFIG_HOME"] = Folder.File("elsewhere");

        await RunAsync("profile", "create", "local", "-b", "localhost:1");

        Assert.True(File.Exists(Folder.File("elsewhere/kafscale/profiles.json")));
    }

    [Fact]
    public async Task Secrets_are_kept_but_not_shown()
    {
        await RunAsync(
            "profile", "create", "p", "--sasl-mechanism", "plain", "--sasl-user", "me", "--sasl-password", "hush", "--tls-ca", "ca.pem", "-X", "client.id=tool");

        var shown = await RunAsync("profile", "show", "p");

        Assert.DoesNotContain("hush", shown, StringComparison.Ordinal);
        Assert.Contains(Cells(shown), row => row is ["sasl.password", "(secret)"]);
        Assert.Contains(Cells(shown), row => row is ["sasl.mechanism", "PLAIN"]);
        Assert.Contains(Cells(shown), row => row is ["client.id", "tool"]);
        Assert.Contains(Cells(shown), row => row is ["ssl.ca.location", ['/', ..]]);
        Assert.Contains("hush", await File.ReadAllTextAsync(ProfileFile), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Flags_go_before_the_environment_and_that_before_the_profile()
    {
        Variables["KAFSCALE_PROFILE"] = "good";
        Variables["KAFSCALE_CLIENT_CLIENT_ID"] = "test";
        await RunWithoutServersAsync("profile", "create", "bad", "-b", "127.0.0.1:1");
        await RunWithoutServersAsync("profile", "create", "good", "-b", BootstrapServers);

        await RunWithoutServersAsync("topic", "list");
        await RunWithoutServersAsync("topic", "list", "--profile", "bad", "-b", BootstrapServers);
        Assert.Equal(1, (await StartWithoutServersAsync("topic", "list", "--profile", "bad")).ExitCode);
        Variables.Remove("KAFSCALE_PROFILE");
        Assert.Equal(1, (await StartWithoutServersAsync("topic", "list")).ExitCode);
        await RunWithoutServersAsync("profile", "use", "good");
        await RunWithoutServersAsync("topic", "list");
    }

    [Fact]
    public async Task A_profile_that_there_is_not_or_is_already_is_named()
    {
        await RunAsync("profile", "create", "p", "-b", "localhost:1");

        Assert.Contains("--replace", await FailAsync("profile", "create", "p", "-b", "localhost:2"), StringComparison.Ordinal);
        await RunAsync("profile", "create", "p", "-b", "localhost:2", "--replace");
        Assert.Contains("There is no profile q", await FailAsync("topic", "list", "--profile", "q"), StringComparison.Ordinal);
        Assert.Contains("There is no profile q", await FailAsync("profile", "use", "q"), StringComparison.Ordinal);
        await RunAsync("profile", "delete", "p");
        Assert.Contains("There is no profile p", await FailAsync("profile", "show", "p"), StringComparison.Ordinal);
        Assert.Contains("letters", await FailAsync("profile", "create", "a/b", "-b", "localhost:2"), StringComparison.Ordinal);
        Assert.Contains("HOST:PORT", await FailAsync("profile", "create", "r", "-b", "localhost"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_damaged_file_is_named()
    {
        Directory.CreateDirectory(Path.GetDirectoryName(ProfileFile)!);
        await File.WriteAllTextAsync(ProfileFile, "{");

        Assert.Contains(ProfileFile, await FailAsync("profile", "list"), StringComparison.Ordinal);
    }

    private async Task RunWithoutServersAsync(params string[] arguments)
    {
        var result = await StartWithoutServersAsync(arguments);
        Assert.True(result.ExitCode == 0, result.Error);
    }

    private Task<CommandResult> StartWithoutServersAsync(params string[] arguments)
    {
        NamesBroker = false;
        return StartAsync(arguments);
    }
}
