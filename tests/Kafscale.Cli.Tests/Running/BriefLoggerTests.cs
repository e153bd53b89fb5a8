using Kafscale.Cli.Running;
using Kafscale.Metadata;
using Kafscale.Storage;
using Microsoft.Extensions.Logging;

namespace Kafscale.Cli.Tests.Running;

public sealed class BriefLoggerTests
{
    private readonly LastLineLogger _inner = new();

    public static TheoryData<Exception> OfOutside =>
    [
        new IOException("No space left on device"),
        new UnauthorizedAccessException("Denied"),
        new TimeoutException("Too late"),
        new CorruptObjectException("default/wal/1", 5, "It ends here."),
        new UnsupportedVersionException("default/wal/1", "2", "1"),
        new MetadataUnavailableException("The metadata database is full."),
    ];

    public static TheoryData<Exception> OfDefects => [new InvalidOperationException("Broken"), new InvalidCastException(), new ArgumentException("Wrong")];

    [Theory]
    [MemberData(nameof(OfOutside))]
    public void A_failure_that_is_outside_of_the_program_is_told_by_its_message(Exception exception)
    {
        Log(exception);

        Assert.Null(_inner.Exception);
        Assert.Equal($"Writing x failed. {exception.Message}", _inner.Message);
        Assert.Equal(7, _inner.EventId);
        Assert.Equal("x", _inner.Fields["Key"]);
    }

    [Theory]
    [MemberData(nameof(OfOutside))]
    public void Whoever_debugs_is_told_where_it_was_met(Exception exception)
    {
        _inner.Lowest = LogLevel.Debug;

        Log(exception);

        Assert.Same(exception, _inner.Exception);
    }

    [Theory]
    [MemberData(nameof(OfDefects))]
    public void A_defect_is_told_with_where_it_is(Exception exception)
    {
        Log(exception);

        Assert.Same(exception, _inner.Exception);
        Assert.Equal("Writing x failed.", _inner.Message);
    }

    [Fact]
    public void Causes_are_told_as_far_as_they_say_something_new()
    {
        var cause = new IOException("Disk full", new IOException("The device says no"));

        Log(new IOException("Cannot write 'x': Disk full", cause));

        Assert.Equal("Writing x failed. Cannot write 'x': Disk full (The device says no)", _inner.Message);
    }

    private void Log(Exception exception) => new BriefLogger(_inner).LogWarning(7, exception, "Writing {Key} failed.", "x");
}
