// Clients wait for brokers, brokers for their stores; processors have little to do meanwhile.
[assembly: CollectionBehavior(MaxParallelThreads = 4)]
