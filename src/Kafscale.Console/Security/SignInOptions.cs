namespace Kafscale.Console.Security;

/// <summary>Ways to sign in besides a password.</summary>
/// <param name="Links">Links that the process prints; null where there are none.</param>
internal sealed record SignInOptions(SignInLinks? Links);
