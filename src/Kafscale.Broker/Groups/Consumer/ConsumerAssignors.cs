using System.Diagnostics.CodeAnalysis;

namespace Kafscale.Broker.Groups.Consumer;

/// <summary>The assignors that members may ask for.</summary>
internal static class ConsumerAssignors
{
    /// <summary>The first one is for members that have no preference.</summary>
    public static IReadOnlyList<IConsumerAssignor> All { get; } = [new UniformAssignor(), new RangeAssignor()];

    public static IConsumerAssignor Default => All[0];

    public static bool TryFind(string name, [NotNullWhen(true)] out IConsumerAssignor? assignor)
    {
        assignor = All.FirstOrDefault(candidate => candidate.Name == name);
        return assignor is not null;
    }

    /// <summary>The one that most members prefer.</summary>
    public static IConsumerAssignor Choose(IEnumerable<ConsumerGroupMember> members)
    {
        var votes = new int[All.Count];
        foreach (var member in members)
        {
            for (var i = 0; i < votes.Length; i++)
            {
                votes[i] += All[i].Name == member.ServerAssignor ? 1 : 0;
            }
        }

        return All[Array.IndexOf(votes, votes.Max())];
    }
}
