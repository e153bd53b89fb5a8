using CsCheck;
using Kafscale.Broker.Groups;
using Kafscale.Protocol;

namespace Kafscale.Broker.Tests.Groups;

/// <summary>Random members on virtual time: whatever they do, the rules of the protocol hold, and in the end all is well.</summary>
public sealed class ClassicGroupModelTests
{
    private const int MemberCount = 5;

    private static readonly string[][] ProtocolSets = [["range"], ["range", "sticky"], ["sticky", "range"], ["sticky"]];

    private static readonly Gen<(int Action, int Member, int Argument)[]> Histories =
        Gen.Select(Gen.Int[0, 11], Gen.Int[0, MemberCount - 1], Gen.Int[0, 20]).Array[0, 120];

    private static readonly Gen<GroupOptions> Options =
        Gen.Select(Gen.Int[0, 2], Gen.Bool).Select((delay, isSmall) => new GroupOptions
        {
            InitialRebalanceDelayMs = delay * delay * 750,
            MaxSize = isSmall ? 2 : 100,
            NewMemberJoinTimeoutMs = 40_000,
            OffsetsCommitTimeoutMs = isSmall ? 12_000 : 5_000,
        });

    [Fact]
    public void The_rules_hold_whatever_members_do() => Gen.Select(Options, Histories).Sample(
        (options, history) =>
        {
            var simulation = new Simulation(options, ProtocolSets);
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
                simulation.Check();
            }
        },
        iter: 3_000);

    [Fact]
    public void When_everybody_has_gone_nobody_is_kept_and_nobody_waits() => Gen.Select(Options, Histories).Sample(
        (options, history) =>
        {
            var simulation = new Simulation(options, ProtocolSets);
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
            }

            simulation.Silence();
            simulation.Check();
        },
        iter: 2_000);

    [Fact]
    public void When_members_do_as_they_should_all_of_them_end_in_one_stable_generation() => Gen.Select(Options, Histories).Sample(
        (options, history) =>
        {
            var simulation = new Simulation(options with { MaxSize = 100 }, ProtocolSets[..3]);
            foreach (var (action, member, argument) in history)
            {
                simulation.Do(action, member, argument);
            }

            simulation.Converge();
            simulation.Check();
        },
        iter: 2_000);

    private sealed class Simulation
    {
        private readonly GroupHarness _harness;
        private readonly string[][] _protocolSets;
        private readonly List<SimulatedMember> _members;

        public Simulation(GroupOptions options, string[][] protocolSets)
        {
            _protocolSets = protocolSets;
            _harness = new GroupHarness(options);

            // Some are static members.
            _members = [.. Enumerable.Range(0, MemberCount).Select(i => new SimulatedMember(_harness, i < 2 ? $"static{i}" : null))];
        }

        private ClassicGroup Group => _harness.Group;

        public void Do(int action, int index, int argument)
        {
            var member = _members[index];
            switch (action)
            {
                case 0 or 1:
                    member.Join(Command(argument));
                    break;
                case 2 or 3:
                    member.Sync();
                    break;
                case 4:
                    member.Heartbeat();
                    break;
                case 5:
                    member.Leave();
                    break;
                case 6:
                    member.Crash(isNoticed: argument % 2 == 0);
                    break;
                case 7:
                    _harness.Pass(argument * 1_000);
                    break;
                case 8:
                    _harness.StoresAtOnce = argument % 2 == 0;
                    _harness.AnswerStore(ErrorCode.None);
                    break;
                case 9:
                    _harness.AnswerStore(argument % 3 == 0 ? ErrorCode.CoordinatorNotAvailable : ErrorCode.None);
                    break;
                default:
                    _members.ForEach(each => each.Strive(Command(0)));
                    break;
            }

            _members.ForEach(each => each.Hear());
        }

        public void Check()
        {
            CheckGroup();
            CheckGenerations();
            CheckAssignments();
        }

        public void Silence()
        {
            _members.ForEach(member => member.Crash(isNoticed: false));
            for (var i = 0; i < 60; i++)
            {
                _harness.AnswerStore(ErrorCode.None);
                _harness.Pass(10_000);
            }

            Assert.True(Group.IsVacant, $"{Group.State} with {Group.Members.Count} members");
            Assert.Equal(ClassicGroupState.Empty, Group.State);
            Assert.All(_members.SelectMany(member => member.Requests), request => Assert.True(request.IsCompleted));
            Assert.Equal(long.MaxValue, Group.NextDeadlineMs);
        }

        public void Converge()
        {
            _harness.StoresAtOnce = true;
            for (var i = 0; i < 200; i++)
            {
                _harness.AnswerStore(ErrorCode.None);
                _members.ForEach(member => member.Strive(Command(0)));
                _harness.Pass(1_000);
            }

            Assert.Equal(ClassicGroupState.Stable, Group.State);
            Assert.Equal(_members.Select(member => member.MemberId).Order(), Group.Members.Select(member => member.Id).Order());
            Assert.All(_members, member => Assert.Equal((true, Group.Generation), (member.IsSettled, member.Generation)));
        }

        private JoinGroupCommand Command(int argument) => GroupHarness.Command() with
        {
            Protocols = GroupHarness.Protocols(_protocolSets[argument % 7 % _protocolSets.Length]),
            RequiresKnownMemberId = argument % 5 != 4,
            SupportsSkippingAssignment = argument % 3 != 2,
            RebalanceTimeoutMs = argument == 20 ? 0 : 20_000 + (argument * 1_000),
            SessionTimeoutMs = 6_000 + (argument * 500),
        };

        private void CheckGroup()
        {
            var ids = Group.Members.Select(member => member.Id).ToList();
            Assert.Equal(ids.Count, ids.Distinct().Count());
            if (Group.State is ClassicGroupState.CompletingRebalance or ClassicGroupState.Stable)
            {
                Assert.Contains(Group.LeaderId, ids);
                Assert.All(Group.Members, member => Assert.True(member.Supports(Group.ProtocolName!)));
            }

            Assert.Equal(Group.State == ClassicGroupState.Empty, ids.Count == 0 && Group.State != ClassicGroupState.PreparingRebalance);
            foreach (var member in Group.Members)
            {
                // Somebody sees to everybody: a session runs, or an answer will start it.
                Assert.True(member.ExpiresAtMs != long.MaxValue || member.AwaitingJoin is not null || member.AwaitingSync is not null);
                Assert.True(member.AwaitingSync is null || Group.State == ClassicGroupState.CompletingRebalance);
                Assert.True(Group.NextDeadlineMs <= member.ExpiresAtMs);
            }

            if (ids.Count > 0)
            {
                Assert.NotEqual(long.MaxValue, Group.NextDeadlineMs);
            }
        }

        private void CheckGenerations()
        {
            var joins = _members.SelectMany(member => member.Joins).Where(join => join.Error == ErrorCode.None);
            foreach (var generation in joins.GroupBy(join => join.Generation))
            {
                Assert.Single(generation.Select(join => (join.ProtocolType, join.ProtocolName)).Distinct());

                // One member alone is told to assign.
                var leaders = generation.Where(join => join.Leader == join.MemberId && !join.SkipAssignment).ToList();
                Assert.True(leaders.Select(join => join.MemberId).Distinct().Count() <= 1);
                Assert.All(leaders, leader => Assert.Contains(leader.MemberId, leader.Members.Select(member => member.MemberId)));
                Assert.All(generation.Where(join => join.Leader != join.MemberId), join => Assert.Empty(join.Members));
            }
        }

        private void CheckAssignments()
        {
            foreach (var (generation, memberId, result) in _members.SelectMany(member => member.Syncs))
            {
                if (result.Error != ErrorCode.None || result.Assignment.Length == 0)
                {
                    continue;
                }

                // What the leader of that generation assigned to this member, or to the one whose place it took.
                var assignment = System.Text.Encoding.UTF8.GetString(result.Assignment.Span);
                var own = System.Text.Encoding.UTF8.GetString(SimulatedMember.AssignmentOf(generation, memberId));
                Assert.True(assignment == own || (memberId.StartsWith("static", StringComparison.Ordinal) && Predecessor(assignment, generation, memberId)), $"{own} was told {assignment}");
                Assert.True(_harness.LastStored!.Generation >= generation);
            }
        }

        private static bool Predecessor(string assignment, int generation, string memberId) =>
            assignment.StartsWith($"{generation}/{memberId.Split('-')[0]}-", StringComparison.Ordinal);
    }
}
