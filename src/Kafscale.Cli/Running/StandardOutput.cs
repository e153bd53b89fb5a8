using Microsoft.Win32.SafeHandles;

namespace Kafscale.Cli.Running;

/// <summary>The standard output for bytes.</summary>
internal static class StandardOutput
{
    private const int Descriptor = 1;

    /// <summary>Opens it. Unlike the console's own stream it fails where nobody reads the other end of a pipe any more.</summary>
    public static Stream Open()
    {
        if (OperatingSystem.IsWindows())
        {
            return System.Console.OpenStandardOutput();
        }

        var stream = new FileStream(new SafeFileHandle(Descriptor, ownsHandle: false), FileAccess.Write, bufferSize: 0);

        // In a file that others write to, too, a stream with a position of its own would overwrite them.
        return stream.CanSeek ? System.Console.OpenStandardOutput() : stream;
    }
}
