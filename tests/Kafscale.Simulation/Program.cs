using Kafscale.Simulation.Commands;

return SimulationCommand.Run(args, Console.In, Console.Out, Console.Error);
