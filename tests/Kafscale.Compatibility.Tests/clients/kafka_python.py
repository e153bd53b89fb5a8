from kafka import ConsumerRebalanceListener, KafkaAdminClient, KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import ConfigResource, ConfigResourceType, NewPartitions, NewTopic

from driver import decode, drive, emit, emit_record, open_ends, terminated

# How long a poll may wait before the script looks whether it shall end.
POLL_MS = 200


def produce(bootstrap, topic, compression, idempotent, maxMessageBytes, records):
    options = {}
    if compression and compression != "none":
        options["compression_type"] = compression
    if maxMessageBytes:
        options["max_request_size"] = maxMessageBytes
    producer = KafkaProducer(bootstrap_servers=bootstrap, **options)
    futures = []
    for record in records:
        future = producer.send(
            topic,
            key=decode(record["k"]),
            value=decode(record["v"]),
            headers=[(name, decode(content)) for name, content in record["h"]],
            partition=record["p"] if record["p"] >= 0 else None,
            timestamp_ms=record["t"],
        )
        futures.append(future)
        # kafka-python 2.0.2 forgets a request that it queues while an earlier one is only partly sent, until something
        # else happens on the connection: a large record may have nothing behind it.
        if maxMessageBytes:
            future.get()
    producer.flush()
    for future in futures:
        future.get()
    producer.close()


def report(message):
    emit_record(message.partition, message.offset, message.timestamp, message.key, message.value, message.headers)


def read(bootstrap, topic, timestamp, ends):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    starts = {int(partition): 0 for partition in ends}
    if timestamp is not None:
        found = consumer.offsets_for_times({TopicPartition(topic, partition): timestamp for partition in starts})
        starts = {p.partition: offset.offset if offset else ends[str(p.partition)] for p, offset in found.items()}
    left = open_ends(ends, starts)
    consumer.assign([TopicPartition(topic, partition) for partition in left])
    for partition in left:
        consumer.seek(TopicPartition(topic, partition), starts[partition])
    while left:
        for messages in consumer.poll(POLL_MS).values():
            for message in messages:
                if message.partition in left:
                    report(message)
                    if message.offset >= left[message.partition] - 1:
                        del left[message.partition]
    consumer.close()


class Listener(ConsumerRebalanceListener):
    def on_partitions_revoked(self, revoked):
        emit("assigned", partitions=[])

    def on_partitions_assigned(self, assigned):
        emit("assigned", partitions=[partition.partition for partition in assigned])


def follow(consumer):
    while not terminated.is_set():
        for messages in consumer.poll(POLL_MS).values():
            for message in messages:
                report(message)
        emit("polled")
    consumer.close()


def tail(bootstrap, topic):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    partitions = [TopicPartition(topic, partition) for partition in consumer.partitions_for_topic(topic)]
    consumer.assign(partitions)
    consumer.seek_to_end()
    for partition in partitions:
        consumer.position(partition)
    emit("ready")
    follow(consumer)


def member(bootstrap, group, topic):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest")
    consumer.subscribe([topic], listener=Listener())
    follow(consumer)


def mixed_member(bootstrap, group, topic):
    consumer = KafkaConsumer(
        bootstrap_servers=bootstrap, group_id=group, auto_offset_reset="earliest", session_timeout_ms=6000,
        heartbeat_interval_ms=300, auto_commit_interval_ms=200, metadata_max_age_ms=60000)
    consumer.subscribe([topic], listener=Listener())
    follow(consumer)


def admin(bootstrap):
    return KafkaAdminClient(bootstrap_servers=bootstrap)


def create_topic(bootstrap, topic, partitions, configs):
    admin(bootstrap).create_topics([NewTopic(topic, partitions, 1, topic_configs=configs)])


def list_topics(bootstrap):
    emit("result", value=admin(bootstrap).list_topics())


def describe_topic(bootstrap, topic):
    emit("result", value=len(admin(bootstrap).describe_topics([topic])[0]["partitions"]))


def create_partitions(bootstrap, topic, count):
    admin(bootstrap).create_partitions({topic: NewPartitions(count)})


def describe_configs(bootstrap, topic):
    responses = admin(bootstrap).describe_configs([ConfigResource(ConfigResourceType.TOPIC, topic)])
    entries = responses[0].resources[0][4]
    emit("result", value={entry[0]: entry[1] for entry in entries})


def alter_config(bootstrap, topic, name, value):
    admin(bootstrap).alter_configs([ConfigResource(ConfigResourceType.TOPIC, topic, configs={name: value})])


def list_offsets(bootstrap, topic, partition):
    consumer = KafkaConsumer(bootstrap_servers=bootstrap)
    topic_partition = TopicPartition(topic, partition)
    earliest = consumer.beginning_offsets([topic_partition])[topic_partition]
    latest = consumer.end_offsets([topic_partition])[topic_partition]
    emit("result", value=[earliest, latest])


def list_groups(bootstrap):
    emit("result", value=[group for group, protocol in admin(bootstrap).list_consumer_groups()])


def describe_group(bootstrap, group):
    description = admin(bootstrap).describe_consumer_groups([group])[0]
    emit("result", value={"state": description.state, "members": len(description.members)})


def group_offsets(bootstrap, group, topic):
    offsets = admin(bootstrap).list_consumer_group_offsets(group)
    emit("result", value={p.partition: offset.offset for p, offset in offsets.items() if p.topic == topic})


def delete_group(bootstrap, group):
    for _, error in admin(bootstrap).delete_consumer_groups([group]):
        if error.errno != 0:
            raise error


def delete_topic(bootstrap, topic):
    admin(bootstrap).delete_topics([topic])


drive({
    "produce": produce,
    "read": read,
    "tail": tail,
    "member": member,
    "mixedMember": mixed_member,
    "createTopic": create_topic,
    "listTopics": list_topics,
    "describeTopic": describe_topic,
    "createPartitions": create_partitions,
    "describeConfigs": describe_configs,
    "alterConfig": alter_config,
    "listOffsets": list_offsets,
    "listGroups": list_groups,
    "describeGroup": describe_group,
    "groupOffsets": group_offsets,
    "deleteGroup": delete_group,
    "deleteTopic": delete_topic,
})
