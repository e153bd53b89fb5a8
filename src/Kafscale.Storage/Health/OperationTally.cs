using Kafscale.Storage.ObjectStores;

namespace Kafscale.Storage.Health;

/// <summary>How operations ended, counted.</summary>
internal struct OperationTally
{
    /// <summary>All operations that say something about the store.</summary>
    public int Operations;

    /// <summary>Of these, the ones that failed.</summary>
    public int Errors;

    /// <summary>Of these, the ones that took longer than the store normally does, or got no answer in time.</summary>
    public int Slow;

    /// <summary>Of these, the ones that took far longer.</summary>
    public int VerySlow;

    /// <summary>The time that all operations with an answer took.</summary>
    public TimeSpan AnswerTime;

    /// <summary>How the latest of the failed ones failed.</summary>
    public ObjectStoreOutcome LatestError;

    public readonly int Answers => Operations - Errors;

    /// <summary>Adds operations that came before these.</summary>
    public void AddEarlier(in OperationTally earlier)
    {
        if (Errors == 0)
            LatestError = earlier.LatestError;
        Operations += earlier.Operations;
        Errors += earlier.Errors;
        Slow += earlier.Slow;
        VerySlow += earlier.VerySlow;
        AnswerTime += earlier.AnswerTime;
    }
}
