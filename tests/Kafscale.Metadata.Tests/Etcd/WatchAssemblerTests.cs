using CsCheck;
using Google.Protobuf;
using Kafscale.Metadata.Etcd;
using Kafscale.Metadata.Etcd.Rpc;

namespace Kafscale.Metadata.Tests.Etcd;

public sealed class WatchAssemblerTests
{
    [Fact]
    public void However_responses_are_cut_into_fragments_every_revision_arrives_once_and_whole()
    {
        var revisions = Gen.Int[1, 5].Array[1, 20];
        Gen.Select(revisions, Gen.Int[1, 7], Gen.Int[1, 7]).Sample((eventsPerRevision, eventsPerFragment, fragmentsPerResponse) =>
        {
            var events = eventsPerRevision.SelectMany((count, i) => Enumerable.Range(0, count).Select(number => Put($"a/{number}", 10 + i))).ToArray();
            var assembler = new WatchAssembler("a/", 10);
            var batches = new List<WatchBatch>();
            var chunks = events.Chunk(eventsPerFragment).ToArray();
            for (var i = 0; i < chunks.Length; i++)
            {
                // A response ends with a whole revision, whatever its fragments do.
                var endsRevision = i == chunks.Length - 1 || chunks[i + 1][0].Kv.ModRevision != chunks[i][^1].Kv.ModRevision;
                var isLast = i == chunks.Length - 1 || ((i + 1) % fragmentsPerResponse == 0 && endsRevision);
                if (assembler.Add(Response(fragment: !isLast, chunks[i])) is { } batch)
                {
                    batches.Add(batch);
                }
            }

            Assert.Equal(
                events.Select(change => (change.Kv.Key.ToStringUtf8(), change.Kv.ModRevision)),
                batches.SelectMany(batch => batch.Changes).Select(change => (change.Key, change.Revision)));
            Assert.Equal(9 + eventsPerRevision.Length, batches[^1].Revision);
            var before = 9L;
            foreach (var batch in batches)
            {
                Assert.InRange(batch.Revision, before + 1, long.MaxValue);
                Assert.All(batch.Changes, change => Assert.InRange(change.Revision, before + 1, batch.Revision));
                before = batch.Revision;
            }
        });
    }

    [Fact]
    public void What_was_delivered_before_is_left_out()
    {
        var assembler = new WatchAssembler("", 10);

        Assert.Null(assembler.Add(Response(fragment: false, Put("a", 9))));
        Assert.Equal(10, assembler.Add(Response(fragment: false, Put("a", 9), Put("a", 10)))!.Revision);
        Assert.Null(assembler.Add(Response(fragment: false, Put("a", 10))));
    }

    [Fact]
    public void Changes_of_other_keys_are_progress()
    {
        var batch = new WatchAssembler("a/", 10).Add(Response(fragment: false, Put("b", 10), Put("a/1", 11), Put("b", 12)))!;

        Assert.Equal(12, batch.Revision);
        Assert.Equal("a/1", Assert.Single(batch.Changes).Key);
    }

    [Fact]
    public void Progress_is_news_once()
    {
        var assembler = new WatchAssembler("", 10);

        Assert.Null(assembler.Progress(9));
        Assert.Equal(12, assembler.Progress(12)!.Revision);
        Assert.Null(assembler.Progress(12));
    }

    [Fact]
    public void A_deletion_has_no_entry()
    {
        var deletion = Put("a", 10);
        deletion.Type = Event.Types.EventType.Delete;

        Assert.Null(Assert.Single(new WatchAssembler("", 10).Add(Response(fragment: false, deletion))!.Changes).Entry);
    }

    private static Event Put(string key, long revision) =>
        new() { Type = Event.Types.EventType.Put, Kv = new() { Key = ByteString.CopyFromUtf8(key), ModRevision = revision } };

    private static WatchResponse Response(bool fragment, params Event[] events)
    {
        var response = new WatchResponse { Fragment = fragment };
        response.Events.AddRange(events);
        return response;
    }
}
