namespace Kafscale.Testing.Rados;

/// <summary>The configuration file of a Ceph cluster that is as small, quick to start and self-contained as it gets.</summary>
internal static class CephConfiguration
{
    private const long StoreBytes = 8L << 30;

    public static string Write(string folder, Guid clusterId, int monitorPort) =>
        $"""
        [global]
        fsid = {clusterId}
        mon_host = [v2:127.0.0.1:{monitorPort}/0]
        public_addr = 127.0.0.1
        cluster_addr = 127.0.0.1
        ms_bind_msgr1 = false
        auth_cluster_required = none
        auth_service_required = none
        auth_client_required = none
        ms_mon_client_mode = crc
        run_dir = {folder}/run
        admin_socket = {folder}/run/$name.$pid.asok
        log_file = {folder}/log/$name.log
        mon_cluster_log_file = {folder}/log/cluster.log
        osd_pool_default_size = 1
        osd_pool_default_min_size = 1
        osd_pool_default_pg_num = 4
        osd_pool_default_pg_autoscale_mode = off
        osd_crush_chooseleaf_type = 0
        mon_allow_pool_size_one = true
        mon_max_pg_per_osd = 2000
        [mon]
        mon_data = {folder}/mon
        paxos_propose_interval = 0.02
        paxos_min_wait = 0.01
        mon_data_avail_crit = 1
        [osd]
        osd_data = {folder}/osd
        osd_objectstore = memstore
        osd_client_watch_timeout = 3
        osd_class_dir = /usr/lib/x86_64-linux-gnu/rados-classes
        memstore_device_bytes = {StoreBytes}
        osd_crush_initial_weight = 1
        [client]
        rgw_thread_pool_size = 64
        rgw_dynamic_resharding = false
        rgw_enable_lc_threads = false
        rgw_gc_obj_min_wait = 30
        rgw_gc_processor_period = 30
        rgw_run_sync_thread = false
        rgw_sync_lease_period = 5
        rgw_max_chunk_size = 8388608
        rgw_obj_stripe_size = 8388608

        """;
}
