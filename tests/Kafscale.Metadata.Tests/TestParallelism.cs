// Tests of real etcd mostly wait: for leases, elections and timeouts of its own.
[assembly: CollectionBehavior(MaxParallelThreads = 6)]
