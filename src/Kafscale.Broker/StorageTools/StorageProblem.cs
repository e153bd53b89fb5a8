namespace Kafscale.Broker.StorageTools;

/// <summary>Something that is wrong with what is stored.</summary>
/// <param name="Where">The object, or the partition.</param>
/// <param name="What">What is wrong there; a sentence.</param>
/// <param name="WhatToDo">What helps; a sentence.</param>
public sealed record StorageProblem(string Where, string What, string WhatToDo);
