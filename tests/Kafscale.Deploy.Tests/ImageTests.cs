using System.Text.Json;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Deploy.Tests;

/// <summary>The image, as Buildah makes it from the Containerfile; in place of .NET's images, which cannot be fetched everywhere, it begins with nothing.</summary>
public sealed partial class ImageTests
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private static readonly string Containerfile = RepositoryRoot.File("deploy", "docker", "Containerfile");

    [Theory]
    [InlineData("amd64")]
    [InlineData("arm64")]
    public async Task It_is_the_executable_and_nobody_else(string architecture)
    {
        using var image = await BuildAsync(architecture);

        var configuration = image.RootElement.GetProperty("config");
        Assert.Equal(architecture, image.RootElement.GetProperty("architecture").GetString());
        // By number, and not root: otherwise runAsNonRoot refuses it.
        Assert.Equal("1654:1654", configuration.GetProperty("User").GetString());
        Assert.Equal(["/app/kafscale"], configuration.GetProperty("Entrypoint").EnumerateArray().Select(word => word.GetString()));
        Assert.False(configuration.TryGetProperty("Cmd", out _));
        Assert.Equal(["8080/tcp", "9092/tcp"], configuration.GetProperty("ExposedPorts").EnumerateObject().Select(port => port.Name).Order());
        Assert.False(configuration.TryGetProperty("Volumes", out _));
        // One layer: what was published.
        Assert.Equal(1, image.RootElement.GetProperty("rootfs").GetProperty("diff_ids").GetArrayLength());
    }

    [Fact]
    public async Task It_says_what_it_is()
    {
        using var image = await BuildAsync("amd64", "--build-arg", "VERSION=1.2.3", "--build-arg", "REVISION=abc");

        var labels = image.RootElement.GetProperty("config").GetProperty("Labels");
        Assert.Equal("Kafscale", labels.GetProperty("org.opencontainers.image.title").GetString());
        Assert.Equal("1.2.3", labels.GetProperty("org.opencontainers.image.version").GetString());
        Assert.Equal("abc", labels.GetProperty("org.opencontainers.image.revision").GetString());
        Assert.False(string.IsNullOrEmpty(labels.GetProperty("org.opencontainers.image.description").GetString()));
    }

    [Fact]
    public async Task It_holds_no_secret_and_its_build_sees_none()
    {
        using var image = await BuildAsync("amd64");
        Assert.DoesNotMatch(Secret(), image.RootElement.GetRawText());
        Assert.DoesNotMatch(Secret(), await File.ReadAllTextAsync(Containerfile));

        // What the build gets of the repository is named one by one.
        var ignored = await File.ReadAllLinesAsync(RepositoryRoot.File(".dockerignore"));
        Assert.Equal("*", ignored.First(line => !line.StartsWith('#')));
        var copied = Copied().Matches(await File.ReadAllTextAsync(Containerfile))
            .SelectMany(copy => copy.Groups[1].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries)).Order(StringComparer.Ordinal);
        Assert.Equal(ignored.Where(line => line.StartsWith('!')).Select(line => line[1..]).Order(StringComparer.Ordinal), copied);
    }

    [Fact]
    public async Task Its_bases_have_a_version_and_nothing_is_fetched_in_between()
    {
        var lines = await File.ReadAllLinesAsync(Containerfile);

        Assert.All(lines.Where(line => line.StartsWith("ARG ", StringComparison.Ordinal) && line.Contains("IMAGE=", StringComparison.Ordinal)), line =>
        {
            Assert.Matches(":[0-9]+[.][0-9]+(-|$)", line);
            Assert.DoesNotContain("latest", line, StringComparison.Ordinal);
        });
        Assert.DoesNotContain(lines, line => line.StartsWith("ADD ", StringComparison.Ordinal));
        Assert.DoesNotContain(lines, line => line.Contains("curl", StringComparison.Ordinal) || line.Contains("wget", StringComparison.Ordinal));
    }

    // The configuration of the image, by OCI's specification.
    private static async Task<JsonDocument> BuildAsync(string architecture, params string[] options)
    {
        using var folder = new TemporaryFolder();
        Directory.CreateDirectory(folder.File("published/app"));
        await File.WriteAllTextAsync(folder.File("published/app/kafscale"), "in place of the executable");
        string[] storage = ["--root", folder.File("images"), "--runroot", folder.File("run"), "--storage-driver", "vfs"];

        var (built, output) = await RunningProcess.RunAsync(
            "buildah",
            [
                .. storage, "bud", "--isolation", "chroot", "--arch", architecture, "--build-arg", "RUNTIME_IMAGE=scratch",
                // The stage of this name is not built then.
                "--build-context", $"build={folder.File("published")}",
                .. options, "--file", Containerfile, "--tag", "kafscale:test", RepositoryRoot.Path,
            ],
            Patience);
        Assert.True(built == 0, output);

        var (inspected, image) = await RunningProcess.RunAsync(
            "buildah", [.. storage, "inspect", "--type", "image", "kafscale:test"], Patience);
        Assert.True(inspected == 0, image);
        using var inspection = JsonDocument.Parse(image);
        return JsonDocument.Parse(inspection.RootElement.GetProperty("OCIv1").GetRawText());
    }

    [GeneratedRegex("(?i)password|secret|token|credential|AWS_|_KEY")]
    private static partial Regex Secret();

    [GeneratedRegex(@"(?m)^COPY (?!--from)(.*) \S+$")]
    private static partial Regex Copied();
}
