using Kafscale.Broker.Groups;
using Kafscale.Protocol;
using Microsoft.Extensions.Time.Testing;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Virtual time, and a store that answers when the test wants, for the membership of one group.</summary>
internal abstract class MembershipHarness<TMembership>
    where TMembership : IGroupMembership
{
    private readonly FakeTimeProvider _time = new();

    protected MembershipHarness(GroupOptions options)
    {
        Options = options;
        Clock = new GroupClock(_time);
    }

    public GroupOptions Options { get; }

    public GroupClock Clock { get; }

    public abstract TMembership Group { get; set; }

    /// <summary>Whether the store takes what the group hands out at once.</summary>
    public bool StoresAtOnce { get; set; } = true;

    /// <summary>Handed out and not answered, where the store does not do so at once.</summary>
    public List<GroupChange> Unstored { get; } = [];

    public GroupChange? LastStored { get; private set; }

    /// <summary>How many records the store has taken.</summary>
    public int Writes { get; private set; }

    /// <summary>Lets time pass as the shard's timer would: from deadline to deadline.</summary>
    public void Pass(int ms)
    {
        var untilMs = Clock.NowMs + ms;
        while (Group.NextDeadlineMs <= untilMs)
        {
            PassTo(Group.NextDeadlineMs);
            Group.Advance();
            Settle();
        }

        PassTo(untilMs);
    }

    public void AnswerStore(ErrorCode error)
    {
        var changes = Unstored.ToList();
        Unstored.Clear();
        foreach (var change in changes)
        {
            Answer(change, error);
        }

        Settle();
    }

    protected void Settle()
    {
        while (Group.TakeChange() is { } change)
        {
            if (StoresAtOnce)
            {
                Answer(change, ErrorCode.None);
            }
            else
            {
                Unstored.Add(change);
            }
        }
    }

    private void Answer(GroupChange change, ErrorCode error)
    {
        if (error == ErrorCode.None)
        {
            LastStored = change;
            Writes++;
        }

        Group.OnStored(change, error);
    }

    private void PassTo(long ms)
    {
        if (ms > Clock.NowMs)
        {
            _time.Advance(TimeSpan.FromMilliseconds(ms - Clock.NowMs));
        }
    }
}
