using Kafscale.Simulation.Commands;

return SimulationCommand.Run(args, Console.Out, Console.Error);
