using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Kafscale.Testing;

namespace Kafscale.Compatibility.Tests.Clients;

/// <summary>A running kcat, as a member of a group or reading from the end.</summary>
internal sealed partial class KcatReader : Reader
{
    private static readonly TimeSpan LeaveTimeout = TimeSpan.FromSeconds(30);

    private readonly RunningProcess _process;
    private readonly Task _reading;
    private bool _isLeaving;

    public KcatReader(IReadOnlyList<string> arguments, Observed observed)
        : base(observed)
    {
        // What kcat says about assignments is on standard error, and its order among the records matters.
        _process = RunningProcess.Start("sh", ["-c", "exec kcat \"$@\" 2>&1", "kcat", .. arguments]);
        _reading = ReadAsync();
    }

    public static ReceivedRecord ParseRecord(string line)
    {
        var record = JsonSerializer.Deserialize<JsonElement>(line);
        var headers = new List<KeyValuePair<string, byte[]?>>();
        if (record.TryGetProperty("headers", out var pairs))
        {
            headers.AddRange(pairs.EnumerateArray().Chunk(2).Select(pair => KeyValuePair.Create(pair[0].GetString()!, Bytes(pair[1]))));
        }

        return new ReceivedRecord(
            record.GetProperty("partition").GetInt32(),
            record.GetProperty("offset").GetInt64(),
            record.GetProperty("ts").GetInt64(),
            Bytes(record.GetProperty("key")),
            Bytes(record.GetProperty("payload")),
            headers);
    }

    public override async Task LeaveAsync()
    {
        _isLeaving = true;
        _process.Send(Signal.Terminate);
        await _process.WaitForExitAsync(LeaveTimeout);
        await _reading;
    }

    public override async ValueTask DisposeAsync()
    {
        _isLeaving = true;
        await _process.DisposeAsync();
        await _reading;
    }

    private static byte[]? Bytes(JsonElement text) => text.GetString() is { } value ? Encoding.UTF8.GetBytes(value) : null;

    private async Task ReadAsync()
    {
        while (await _process.ReadStandardOutputLineAsync(CancellationToken.None) is { } line)
        {
            if (line.StartsWith('{'))
            {
                OnRecord(ParseRecord(line));
            }
            else if (line.Contains("Reached end of topic", StringComparison.Ordinal))
            {
                OnReady();
            }
            else if (line.Contains(": assigned:", StringComparison.Ordinal))
            {
                OnAssigned(PartitionNumber().Matches(line.Split(": assigned:")[1]).Select(match => int.Parse(match.Groups[1].Value)));
            }
            else if (line.Contains(": revoked:", StringComparison.Ordinal))
            {
                OnAssigned([]);
            }
            else if (line.Contains("ERROR", StringComparison.Ordinal))
            {
                OnFailure(line);
            }
        }

        if (!_isLeaving)
        {
            OnFailure("kcat ended by itself.");
        }
    }

    [GeneratedRegex(@"\[(\d+)\]")]
    private static partial Regex PartitionNumber();
}
