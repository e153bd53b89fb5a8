namespace Kafscale.Console.Security;

/// <summary>Somebody who may sign in.</summary>
/// <param name="Name">The user's name.</param>
/// <param name="Role">What the user may do.</param>
/// <param name="Password">Tells whether a password is the user's.</param>
internal sealed record Account(string Name, Role Role, PasswordCheck Password);
