namespace Kafscale.Simulation.Clients;

/// <summary>A member's part in one generation of its group.</summary>
internal sealed class GroupMembership(string memberId, int generation, bool isLeader)
{
    public string MemberId => memberId;

    public int Generation => generation;

    /// <summary>Whether it assigns.</summary>
    public bool IsLeader => isLeader;

    /// <summary>Whether it must join again.</summary>
    public bool IsOver { get; private set; }

    /// <summary>Whether the group does not know it any more.</summary>
    public bool IsLost { get; private set; }

    public void End() => IsOver = true;

    public void Lose()
    {
        IsOver = true;
        IsLost = true;
    }
}
