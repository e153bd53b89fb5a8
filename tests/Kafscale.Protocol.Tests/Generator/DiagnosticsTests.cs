using Microsoft.CodeAnalysis;

namespace Kafscale.Protocol.Tests.Generator;

public sealed class DiagnosticsTests
{
    private const string Head = "api Test 5\nversions 0-4\nflexible 3+\n";

    [Fact]
    public void A_definition_without_mistakes_has_no_diagnostics()
    {
        GeneratorRun run = GeneratorRun.On(Head + "request\n  Name: string # the name\n\nresponse\n  ErrorCode: int16\n");

        Assert.Empty(run.Result.Diagnostics);
        Assert.Equal(["ApiCatalog.g.cs", "ApiKey.g.cs", "TestRequest.g.cs", "TestResponse.g.cs"], run.FileNames);
    }

    [Theory]
    [InlineData("", 0, "the file defines nothing")]
    [InlineData("nonsense", 0, "a definition starts with")]
    [InlineData("api Test x\nversions 0\nflexible none\nrequest\nresponse", 0, "'x' is not an API key")]
    [InlineData("api test 5\nversions 0\nflexible none\nrequest\nresponse", 0, "'test' is not a name")]
    [InlineData("api Test 5\nflexible none\nrequest\nresponse", 0, "the line 'versions' is missing")]
    [InlineData("api Test 5\nversions 0\nrequest\nresponse", 0, "the line 'flexible' is missing")]
    [InlineData("api Test 5\nversions 3-1\nflexible none\nrequest\nresponse", 1, "'versions' is followed by versions")]
    [InlineData("api Test 5\nversions 0\nflexible none\nrequest", 0, "an api has one request and one response")]
    [InlineData("api Test 5\nversions 0\nflexible none\nrequest\nrequest", 0, "an api has one request and one response")]
    [InlineData("api Test 5\nversions 0\nflexible none\nfields\n", 3, "'fields' is not expected here")]
    [InlineData("message Test\nversions 0\nflexible none\nrequest", 3, "'request' is not expected here")]
    [InlineData("message Test\nversions 0\nflexible none", 0, "a message has one section 'fields'")]
    public void The_frame_of_a_definition_is_checked(string text, int line, string message) => AssertDiagnostic(text, "KAF001", line, message);

    [Theory]
    [InlineData("  Name string", "a field is written")]
    [InlineData("  name: string", "'name' is not a name")]
    [InlineData("  Name: text", "'text' is no type")]
    [InlineData("  Name: string 0+ maybe", "'maybe' is not expected here")]
    [InlineData("  Name: string ignorable 3+", "'3+' is not expected here")]
    [InlineData("  Name: string tag", "'tag' is not expected here")]
    [InlineData("  Name: string =", "'=' is not expected here")]
    [InlineData("  Name: string = \"a\" ignorable", "'=' is not expected here")]
    [InlineData("  Name: string = \"a", "the string has no closing quote")]
    [InlineData("   Name: string", "indentation is in steps of two spaces")]
    [InlineData("\tName: string", "indentation is in steps of two spaces")]
    [InlineData("    Name: string", "indented more than one step")]
    [InlineData("  Name: string\n    Inner: int8", "nothing is indented below 'Name:'")]
    [InlineData("  struct", "a shared struct is written 'struct <Name>'")]
    public void The_lines_of_fields_are_checked(string fields, string message) =>
        AssertDiagnostic($"{Head}request\n{fields}\nresponse\n", "KAF001", message.StartsWith("nothing", StringComparison.Ordinal) ? 5 : 4, message);

    [Theory]
    [InlineData("  Topic: Unknown", 0, "struct Unknown is not defined in TestRequest")]
    [InlineData("  Name: string 5+", 0, "field Name is in no version")]
    [InlineData("  Name: string 2+ nullable 0-1", 0, "field Name is nullable in no version")]
    [InlineData("  Count: int32 nullable", 0, "field Count cannot be null")]
    [InlineData("  Name: string = null", 0, "field Name is not nullable")]
    [InlineData("  Count: int8 = 128", 0, "128 is not a default for field Count")]
    [InlineData("  Count: uint16 = -1", 0, "-1 is not a default for field Count")]
    [InlineData("  Name: string = abc", 0, "abc is not a default for field Name")]
    [InlineData("  Names: []string = \"a\"", 0, "is not a default for field Names")]
    [InlineData("  Name: string\n  Name: string", 1, "field Name is defined twice")]
    [InlineData("  Name: string 2+ tag 0", 0, "field Name is tagged, but only versions 3-4 are flexible")]
    [InlineData("  Name: string 3+ tag 0\n  Other: string 3+ tag 0", 1, "tag 0 is used twice")]
    [InlineData("  MinVersion: int32", 0, "TestRequest has a member MinVersion already")]
    [InlineData("  Topics: []Topic\n    Size: int32", 1, "Topic has a member Size already")]
    [InlineData("  Codes: []ErrorCode\n    Value: int16", 0, "ErrorCode is the name of a type that messages use")]
    [InlineData("  Batches: []records", 0, "there are no arrays of records")]
    [InlineData("  Batches: records 3+ tag 0", 0, "field Batches cannot be tagged")]
    [InlineData("  Topic: Topic\n    Name: string", 0, "struct Topic has the name of TestRequest or of one of its own fields")]
    [InlineData("  Topics: []Topic\n    Topic: string", 1, "field Topic has the name of its struct")]
    [InlineData("  Topics: []Topic\n    Name: string\n  Others: []Topic\n    Name: string", 2, "struct Topic is defined twice")]
    [InlineData("  struct Topic\n    Name: string", 0, "struct Topic is not used")]
    [InlineData("  Topics: []Topic\n  struct Topic\n    Topics: []Topic", 2, "struct Topic contains itself")]
    [InlineData("  Place: Cursor 3+\n    Name: string", 0, "field Place is a struct that some versions lack")]
    [InlineData("  Place: Cursor nullable\n    Name: string", 0, "field Place is a nullable struct")]
    [InlineData("  Place: Cursor 3+ nullable tag 0 = null\n    Name: string", 0, "field Place is tagged: it is null where it is absent")]
    public void What_fields_mean_is_checked(string fields, int line, string message) =>
        AssertDiagnostic($"{Head}request\n{fields}\nresponse\n", "KAF002", 4 + line, message);

    [Theory]
    [InlineData("versions 0+\nflexible none", 1, "the versions have a first and a last one")]
    [InlineData("versions 0-4\nflexible 2-3", 2, "once a message is flexible, its later versions are too")]
    [InlineData("versions 0-4\nflexible none\nunstable 0+", 3, "the unstable versions are the last ones")]
    [InlineData("versions 0-4\nflexible none\nunstable 2-3", 3, "the unstable versions are the last ones")]
    public void The_versions_of_a_message_are_checked(string versions, int line, string message) =>
        AssertDiagnostic($"api Test 5\n{versions}\nrequest\nresponse\n", "KAF002", line, message);

    [Fact]
    public void A_diagnostic_points_at_file_line_and_word()
    {
        Diagnostic diagnostic = GeneratorRun.On(Head + "request\n  Name: text\nresponse\n").Result.Diagnostics.Single();

        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
        Assert.Equal("Test.kafka", place.Path);
        Assert.Equal((4, 8), (place.StartLinePosition.Line, place.StartLinePosition.Character));
        Assert.Equal((4, 12), (place.EndLinePosition.Line, place.EndLinePosition.Character));
    }

    [Fact]
    public void Every_mistake_of_a_file_is_reported_at_once()
    {
        GeneratorRun run = GeneratorRun.On(Head + "request\n  Name: text\n  count: int8\nresponse\n  Error int16\n");

        Assert.Equal([4, 5, 7], run.Result.Diagnostics.Select(diagnostic => diagnostic.Location.GetLineSpan().StartLinePosition.Line));
    }

    [Theory]
    [InlineData("api Other 5", "API key 5 is defined in another file too")]
    [InlineData("api Test 6", "Test is defined in another file too")]
    public void The_same_API_twice_is_reported_in_the_second_file(string title, string message)
    {
        const string body = "\nversions 0\nflexible none\nrequest\nresponse\n";

        GeneratorRun run = new GeneratorRun().Set("First.kafka", "api Test 5" + body).Set("Second.kafka", title + body).Run();

        Diagnostic diagnostic = Assert.Single(run.Result.Diagnostics);
        Assert.Equal("Second.kafka", diagnostic.Location.GetLineSpan().Path);
        Assert.Contains(message, diagnostic.GetMessage(null), StringComparison.Ordinal);
        Assert.Null(run.Result.Exception);
    }

    private static void AssertDiagnostic(string text, string id, int line, string message)
    {
        GeneratorRun run = GeneratorRun.On(text);

        Assert.Null(run.Result.Exception);
        Diagnostic diagnostic = Assert.Single(
            run.Result.Diagnostics, candidate => candidate.GetMessage(null).Contains(message, StringComparison.Ordinal));
        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(line, diagnostic.Location.GetLineSpan().StartLinePosition.Line);
    }
}
