using System.Collections.Concurrent;
using Kafscale.Testing;
using Kafscale.Testing.Http;

namespace Kafscale.Cli.Tests;

/// <summary>Where a broker finds credentials that no setting gives. Each test has only one of the places filled.</summary>
public sealed class S3CredentialTests : IAsyncLifetime
{
    private const string Document = """
        {"Code":"Success","Type":"AWS-HMAC","LastUpdated":"2026-01-01T00:00:00Z","AccessKeyId":"found","SecretAccessKey":"secret","Token":"the-token","Expiration":"2126-01-01T00:00:00Z"}
        """;

    private readonly TemporaryFolder _home = new();
    private readonly ConcurrentBag<FakeHttpRequest> _requests = [];
    private readonly FakeS3 _store;
    private readonly FakeHttpServer _giver;

    public S3CredentialTests()
    {
        // The first request has shown what it is signed with; the rest of the start is of no interest.
        _store = new FakeS3
        {
            Refusal = request =>
            {
                _requests.Add(request);
                return FakeS3.Error("404 Not Found", "NoSuchBucket");
            },
        };
        _giver = new FakeHttpServer(AnswerOfGiver);
    }

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await _store.DisposeAsync();
        await _giver.DisposeAsync();
        _home.Dispose();
    }

    [Fact]
    public async Task Those_of_the_environment_are_used() =>
        Assert.Equal(
            "the-token",
            await TokenAsync(("AWS_ACCESS_KEY_ID", "found"), ("AWS_SECRET_ACCESS_KEY", "secret"), ("AWS_SESSION_TOKEN", "the-token")));

    [Fact]
    public async Task Those_of_the_profile_are_used()
    {
        Directory.CreateDirectory(_home.File(".aws"));
        await File.WriteAllTextAsync(
            _home.File(".aws/credentials"),
            "[default]\naws_access_key_id = found\naws_secret_access_key = secret\naws_session_token = the-token\n",
            TestContext.Current.CancellationToken);
        Assert.Equal("the-token", await TokenAsync());
    }

    [Fact]
    public async Task Those_of_a_web_identity_are_used()
    {
        await File.WriteAllTextAsync(_home.File("identity"), "an.identity.token", TestContext.Current.CancellationToken);
        Assert.Equal(
            "the-token",
            await TokenAsync(
                ("AWS_WEB_IDENTITY_TOKEN_FILE", _home.File("identity")),
                ("AWS_ROLE_ARN", "arn:aws:iam::111122223333:role/kafscale"),
                ("AWS_REGION", "eu-central-1"),
                ("AWS_ENDPOINT_URL_STS", _giver.Address.OriginalString)));
    }

    [Fact]
    public async Task Those_of_the_container_are_used() =>
        Assert.Equal("the-token", await TokenAsync(("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{_giver.Address.OriginalString}/container")));

    [Fact]
    public async Task Those_of_the_instance_are_used() =>
        Assert.Equal(
            "the-token",
            await TokenAsync(("AWS_EC2_METADATA_DISABLED", "false"), ("AWS_EC2_METADATA_SERVICE_ENDPOINT", _giver.Address.OriginalString)));

    // The session token of the first request, which has been signed with the access key that goes with it.
    private async Task<string> TokenAsync(params (string Name, string Value)[] variables)
    {
        var environment = new Dictionary<string, string> { ["HOME"] = _home.Path, ["AWS_EC2_METADATA_DISABLED"] = "true" };
        foreach (var (name, value) in variables)
        {
            environment[name] = value;
        }

        var (exitCode, output) = await RunningProcess.RunAsync(
            BrokerProcess.Executable,
            [
                "broker", "--metadata", $"sqlite:{_home.Path}/metadata.db", "--s3-bucket", "bucket", "--s3-endpoint", _store.Address.OriginalString,
                "--listen", "127.0.0.1:0", "--http", "127.0.0.1:0",
            ],
            TimeSpan.FromSeconds(60),
            environment);
        Assert.Contains("the bucket does not exist", output, StringComparison.Ordinal);
        Assert.Equal(1, exitCode);
        var request = Assert.Single(_requests);
        Assert.Contains("Credential=found/", request.Headers["Authorization"], StringComparison.Ordinal);
        return request.Headers["X-Amz-Security-Token"];
    }

    private static string AnswerOfGiver(FakeHttpRequest request) => request.Target switch
    {
        "/container" => FakeHttpServer.Answer("200 OK", Document),
        "/latest/api/token" => FakeHttpServer.Answer("200 OK", "a-token-of-the-instance", "X-aws-ec2-metadata-token-ttl-seconds: 21600\r\n"),
        { } target when target.EndsWith("/kafscale", StringComparison.Ordinal) => FakeHttpServer.Answer("200 OK", Document),
        { } target when target.Contains("/security-credentials", StringComparison.Ordinal) => FakeHttpServer.Answer("200 OK", "kafscale"),
        "/" => FakeHttpServer.Answer(
            "200 OK",
            """
            <AssumeRoleWithWebIdentityResponse xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><AssumeRoleWithWebIdentityResult>
            <Credentials><AccessKeyId>found</AccessKeyId><SecretAccessKey>secret</SecretAccessKey><SessionToken>the-token</SessionToken><Expiration>2126-01-01T00:00:00Z</Expiration></Credentials>
            <AssumedRoleUser><Arn>arn:aws:sts::111122223333:assumed-role/kafscale/x</Arn><AssumedRoleId>A:x</AssumedRoleId></AssumedRoleUser>
            </AssumeRoleWithWebIdentityResult></AssumeRoleWithWebIdentityResponse>
            """),
        _ => FakeHttpServer.Answer("404 Not Found"),
    };
}
