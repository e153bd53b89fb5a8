using System.Net.Http;
using System.Net.Sockets;
using System.Text;

namespace Kafscale.Cli.Running;

/// <summary>Failures of what is outside of the program: disks, networks, stores, what others have written.</summary>
internal static class OutsideFailures
{
    private const string OwnNamespace = nameof(Kafscale) + ".";

    /// <summary>Whether messages tell all that a person needs of a failure; of any other, a defect, it is where it happened.</summary>
    public static bool Includes(Exception exception) =>
        exception is IOException or UnauthorizedAccessException or SocketException or HttpRequestException or TimeoutException or NotSupportedException
        || exception.GetType().Namespace?.StartsWith(OwnNamespace, StringComparison.Ordinal) == true;

    /// <summary>The messages of a failure and of its causes, as far as each says something new.</summary>
    public static string Describe(Exception exception)
    {
        var text = new StringBuilder(exception.Message);
        for (var cause = exception.InnerException; cause is not null; cause = cause.InnerException)
        {
            if (!text.ToString().Contains(cause.Message, StringComparison.Ordinal))
            {
                text.Append(" (").Append(cause.Message).Append(')');
            }
        }

        return text.ToString();
    }
}
