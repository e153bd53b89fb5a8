using System.Text;
using Kafscale.Storage;

namespace Kafscale.Fuzzing.Targets.Text;

/// <summary>Keys of objects. A key that is taken apart is the one that its parts make.</summary>
internal sealed class ObjectKeyTarget : FuzzTarget
{
    private static readonly ObjectKeys Keys = new("a/b");

    public override string Name => "object-keys";

    public override object? Read(ReadOnlyMemory<byte> input)
    {
        string key = Encoding.Latin1.GetString(input.Span);
        string? made = Make(key);
        return made is null || made == key ? made : throw new WrongResultException($"'{key}' is taken for '{made}'.");
    }

    public override byte[] Write(object read) => Encoding.Latin1.GetBytes((string)read);

    protected override IEnumerable<byte[]> CreateExamples(Random random)
    {
        var topicId = new Guid(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
        string[] keys =
        [
            Keys.Wal(5, 6), Keys.Segment("topic", 0, 100), Keys.Index("topic.1", 12, 100), Keys.Manifest(topicId, 3, 7), Keys.Checkpoint(3, 4),
            Keys.Mark(1), Keys.Snapshot(1, 2),
        ];
        return keys.Select(Encoding.Latin1.GetBytes);
    }

    private static string? Make(string key)
    {
        if (Keys.TryParseWal(key, out long session, out long sequence))
        {
            return Keys.Wal(session, sequence);
        }

        if (Keys.TryParseSegment(key, out string topic, out int partition, out long offset))
        {
            return Keys.Segment(topic, partition, offset);
        }

        if (Keys.TryParseIndex(key, out topic, out partition, out offset))
        {
            return Keys.Index(topic, partition, offset);
        }

        if (Keys.TryParseManifest(key, out Guid topicId, out partition, out long version))
        {
            return Keys.Manifest(topicId, partition, version);
        }

        if (Keys.TryParseCheckpoint(key, out long writer, out version))
        {
            return Keys.Checkpoint(writer, version);
        }

        if (Keys.TryParseMark(key, out long incarnation))
        {
            return Keys.Mark(incarnation);
        }

        return Keys.TryParseSnapshot(key, out incarnation, out long revision) ? Keys.Snapshot(incarnation, revision) : null;
    }
}
