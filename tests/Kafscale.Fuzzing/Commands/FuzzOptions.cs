using System.Globalization;

namespace Kafscale.Fuzzing.Commands;

/// <summary>What was asked for on the command line.</summary>
internal sealed class FuzzOptions
{
    public const string Usage = """
        Gives bytes that are nearly right, and bytes that are not, to everything that reads bytes from outside.

          kafscale-fuzz run [--target T] [--minutes M] [--inputs N] [--seed S] [--guided BOOL] [--save BOOL]
          kafscale-fuzz repeat --target T --seed S --number N    one input of a run that was not guided
          kafscale-fuzz repeat --target T --hex BYTES            or these bytes
          kafscale-fuzz corpus                                   every input that is kept
          kafscale-fuzz targets                                  what there is to fuzz

        Options:
          --target T      one target; all of them in turns unless said otherwise
          --minutes M     how long; 1 unless said otherwise
          --inputs N      at most how many inputs of each target
          --seed S        everything that is random follows from it; 1 unless said otherwise
          --guided BOOL   true: inputs that come where none came before are changed further
          --save BOOL     true: what is found is put into the kept corpus
        """;

    public string? Target { get; private set; }

    public TimeSpan Time { get; private set; } = TimeSpan.FromMinutes(1);

    public long MaxInputs { get; private set; } = long.MaxValue;

    public long Seed { get; private set; } = 1;

    public long Number { get; private set; }

    public byte[]? Input { get; private set; }

    public bool IsGuided { get; private set; }

    public bool Saves { get; private set; }

    /// <summary>Reads options that come in pairs of a name and a value.</summary>
    /// <exception cref="FormatException">What is wrong with them, for a person.</exception>
    public static FuzzOptions Parse(ReadOnlySpan<string> arguments)
    {
        var options = new FuzzOptions();
        for (int i = 0; i < arguments.Length; i += 2)
        {
            string value = i + 1 < arguments.Length ? arguments[i + 1] : throw new FormatException($"{arguments[i]} needs a value.");
            switch (arguments[i])
            {
                case "--target":
                    options.Target = value;
                    break;
                case "--minutes":
                    options.Time = TimeSpan.FromMinutes(double.Parse(value, CultureInfo.InvariantCulture));
                    break;
                case "--inputs":
                    options.MaxInputs = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--seed":
                    options.Seed = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--number":
                    options.Number = long.Parse(value, CultureInfo.InvariantCulture);
                    break;
                case "--hex":
                    options.Input = Convert.FromHexString(value);
                    break;
                case "--guided":
                    options.IsGuided = bool.Parse(value);
                    break;
                case "--save":
                    options.Saves = bool.Parse(value);
                    break;
                default:
                    throw new FormatException($"{arguments[i]} is not known.");
            }
        }

        return options;
    }
}
