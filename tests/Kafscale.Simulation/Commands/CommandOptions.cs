using System.Globalization;
using Kafscale.Simulation.Defects;

namespace Kafscale.Simulation.Commands;

/// <summary>What was asked for on the command line.</summary>
internal sealed class CommandOptions
{
    public const string Usage = """
        Simulates a cluster with its clients and stores on virtual time, and checks what clients see.

          kafscale-sim run --seed S [--hours H]              one seed
          kafscale-sim run --seeds N [--from S] [--hours H]  a batch: the seeds from S (1) on, as many at a time as there are processors
          kafscale-sim defects [--seeds N] [--hours H]       how soon each of the planted defects is found, by at most N seeds (200)

        Options:
          --seed S         everything that is random follows from it
          --hours H        how long clients are at work, in virtual time; 0.1 unless said otherwise
          --trace SUBJECT  prints the history of a key of the metadata, of an object, or of TOPIC/PARTITION
          --trace-file F   writes what happens to a file; with --trace, that alone
          --faults BOOL    false: nothing goes wrong
          --defect NAME    something is done wrong on purpose
        """;

    private const double DefaultHours = 0.1;

    public int FirstSeed { get; private set; } = 1;

    public int Seeds { get; private set; } = 1;

    public double Hours { get; private set; } = DefaultHours;

    public bool HasFaults { get; private set; } = true;

    /// <summary>What is done wrong on purpose.</summary>
    public Defect Defect { get; private set; } = Defect.None;

    /// <summary>What the trace is to be about; null: everything.</summary>
    public string? Subject { get; private set; }

    public string? TraceFile { get; private set; }

    /// <summary>Reads options that come in pairs of a name and a value.</summary>
    /// <exception cref="FormatException">What is wrong with them, for a person.</exception>
    public static CommandOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new CommandOptions();
        for (var i = 0; i < arguments.Length; i += 2)
        {
            var value = i + 1 < arguments.Length ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value.");
            switch (arguments[i])
            {
                case "--seed" or "--from":
                    options.FirstSeed = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--seeds":
                    options.Seeds = int.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--hours":
                    options.Hours = double.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--faults":
                    options.HasFaults = bool.Parse(value);
                    break;
                case "--defect":
                    options.Defect = DefectCatalog.Find(value);
                    break;
                case "--trace":
                    options.Subject = value;
                    break;
                case "--trace-file":
                    options.TraceFile = value;
                    break;
                default:
                    throw new FormatException($"{arguments[i]} is not known.");
            }
        }

        return options;
    }

    /// <summary>The arguments that simulate one of the seeds in the same way.</summary>
    public IEnumerable<string> ArgumentsOf(int seed) => ["--seed", seed.ToString(CultureInfo.InvariantCulture), .. ArgumentsOfAll()];

    /// <summary>The arguments of a process that simulates some of the seeds in the same way, and says as much of them.</summary>
    public IEnumerable<string> ArgumentsOfWorker()
    {
        IEnumerable<string> subject = Subject is null ? [] : ["--trace", Subject];
        IEnumerable<string> file = TraceFile is null ? [] : ["--trace-file", TraceFile];
        return [.. ArgumentsOfAll(), .. subject, .. file];
    }

    /// <summary>The same, with a defect.</summary>
    public CommandOptions With(Defect defect)
    {
        var copy = (CommandOptions)MemberwiseClone();
        copy.Defect = defect;
        return copy;
    }

    private IEnumerable<string> ArgumentsOfAll()
    {
        if (Hours != DefaultHours)
        {
            yield return "--hours";
            yield return Hours.ToString(CultureInfo.InvariantCulture);
        }

        if (!HasFaults)
        {
            yield return "--faults";
            yield return "false";
        }

        if (Defect != Defect.None)
        {
            yield return "--defect";
            yield return Defect.Name;
        }
    }
}
