using CsCheck;
using Kafscale.Broker.Groups;
using Kafscale.Broker.Groups.Consumer;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups.Consumer;

/// <summary>Random members of both protocols on virtual time, while coordinators change: whatever they do, the rules hold.</summary>
public sealed class ConsumerGroupModelTests
{
    private const int MemberCount = 6;

    private static readonly string[][] Subscriptions = [["a"], ["a", "b"], ["b"], ["c"], []];

    private static readonly Gen<(int Action, int Member, int Argument)[]> Histories =
        Gen.Select(Gen.Int[0, 14], Gen.Int[0, MemberCount - 1], Gen.Int[0, 20]).Array[0, 120];

    [Fact]
    public void No_partition_has_two_owners_whatever_members_and_coordinators_do() => Histories.Sample(
        history =>
        {
            var simulation = new Simulation();
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
                simulation.Check();
            }
        },
        iter: 1_000);

    [Fact]
    public void When_members_do_as_they_should_everybody_has_a_fair_share_soon_and_then_nothing_is_written() => Histories.Sample(
        history =>
        {
            var simulation = new Simulation();
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
            }

            simulation.Converge();
        },
        iter: 1_000);

    [Fact]
    public void When_everybody_has_gone_nobody_is_kept() => Histories.Sample(
        history =>
        {
            var simulation = new Simulation();
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
            }

            simulation.Silence();
        },
        iter: 1_000);

    private sealed class Simulation
    {
        private readonly ConsumerGroupHarness _harness = new();
        private readonly List<SimulatedConsumer> _members;

        public Simulation()
        {
            _harness.Topics.Add("a", 5);
            _harness.Topics.Add("b", 3);
            _members =
            [
                .. Enumerable.Range(0, MemberCount).Select(i => new SimulatedConsumer(
                    _harness,
                    i switch { 4 => SimulatedConsumer.Kind.Eager, 5 => SimulatedConsumer.Kind.Cooperative, _ => SimulatedConsumer.Kind.Consumer },
                    i == 0 ? "static" : null)),
            ];
            _members.ForEach(member => member.Subscribe(["a", "b"]));
        }

        public void Do(int action, int index, int argument)
        {
            var member = _members[index];
            switch (action)
            {
                case 0:
                    member.Subscribe(Subscriptions[argument % Subscriptions.Length]);
                    break;
                case 1:
                    member.Leave();
                    break;
                case 2:
                    member.Forget();
                    break;
                case 3:
                    Pass(argument * 600);
                    break;
                case 4:
                    _harness.StoresAtOnce = argument % 2 == 0;
                    _harness.AnswerStore(ErrorCode.None);
                    break;
                case 5:
                    _harness.AnswerStore(argument % 3 == 0 ? ErrorCode.CoordinatorNotAvailable : ErrorCode.None);
                    break;
                case 6:
                    _harness.FailOver();
                    break;
                case 7:
                    ChangeTopics(argument);
                    break;
                case 8 or 9:
                    member.FinishRevoking();
                    break;
                default:
                    member.Step();
                    break;
            }

            _members.ForEach(each => each.Hear());
        }

        public void Check()
        {
            var known = _harness.Group.Members.ToDictionary(member => member.Id);
            var owners = new Dictionary<AssignedPartition, SimulatedConsumer>();

            // Whom the coordinator has removed, and who has not heard of it yet, is nobody that it can do something about.
            foreach (var member in _members.Where(member => known.ContainsKey(member.MemberId)))
            {
                foreach (var partition in member.Owned)
                {
                    Assert.True(owners.TryAdd(partition, member), $"{partition} is owned by {member.MemberId} and {owners[partition].MemberId}");
                }
            }

            foreach (var member in known.Values)
            {
                Assert.InRange(member.Epoch, ConsumerGroupMember.LeftForAWhile, _harness.Group.Epoch);
                Assert.Empty(member.Assigned.Intersect(member.PendingRevocation));
            }

            Assert.Equal(_harness.Group.IsEmpty, known.Count == 0);
        }

        /// <summary>Everybody reports and gives back at once: how long until all is well.</summary>
        public void Converge()
        {
            _harness.StoresAtOnce = true;
            _harness.AnswerStore(ErrorCode.None);
            Pass(31_000);
            _members.ForEach(member =>
            {
                member.Hear();
                member.Subscribe(["a", "b"]);
            });
            for (var round = 0; round < 15; round++)
            {
                foreach (var member in _members)
                {
                    member.Step();
                    member.FinishRevoking();
                }

                Check();
                Pass(1_000);
            }

            Assert.Equal("Stable", _harness.Group.StateName);
            Assert.All(_members, member => Assert.Equal(_harness.Group.Epoch, member.Epoch));
            var partitions = Topics("a") + Topics("b");
            Assert.Equal(partitions, _members.Sum(member => member.Owned.Count));
            Assert.All(_members, member => Assert.InRange(member.Owned.Count, partitions / MemberCount, (partitions / MemberCount) + 1));

            var (epoch, writes) = (_harness.Group.Epoch, _harness.Writes);
            for (var round = 0; round < 5; round++)
            {
                _members.ForEach(member => member.Step());
                Pass(1_000);
            }

            Assert.Equal((epoch, writes), (_harness.Group.Epoch, _harness.Writes));

            // Another coordinator goes on in the same epoch, and has nothing to write either.
            _harness.FailOver();
            _members.ForEach(member => member.Step());
            Assert.Equal((epoch, writes, "Stable"), (_harness.Group.Epoch, _harness.Writes, _harness.Group.StateName));
        }

        public void Silence()
        {
            _members.ForEach(member => member.Forget());
            _harness.StoresAtOnce = true;
            _harness.AnswerStore(ErrorCode.None);
            Pass(60_000);
            Assert.Equal((true, true, "Empty"), (_harness.Group.IsEmpty, _harness.Group.IsVacant, _harness.Group.StateName));
            Assert.Equal(GroupClock.Never, _harness.Group.NextDeadlineMs);
            Assert.Null(_harness.Group.Storing);
            Assert.Empty(_harness.Stored?.Consumer.Members ?? []);
        }

        private int Topics(string name) => _harness.Topics.TryGetTopic(name, out _, out var count) ? count : 0;

        private void Pass(int ms)
        {
            _harness.Pass(ms);

            // A client counts its session, too.
            if (ms >= 10_000)
            {
                _members.ForEach(member => member.Forget());
            }
        }

        private void ChangeTopics(int argument)
        {
            switch (argument % 4)
            {
                case 0:
                    _harness.Topics.Remove("b");
                    _harness.Topics.Add("b", 3);
                    break;
                case 1:
                    _harness.Topics.Grow("a", 7);
                    break;
                case 2:
                    _harness.Topics.Add("c", 2);
                    break;
                default:
                    _harness.Topics.Remove("c");
                    break;
            }
        }
    }
}
