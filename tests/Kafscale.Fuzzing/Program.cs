using Kafscale.Fuzzing.Commands;
using Kafscale.Fuzzing.Coverage;

EdgeMap.Install();
return FuzzCommand.Run(args, Console.Out, Console.Error);
