import uuid

from confluent_kafka import OFFSET_BEGINNING, OFFSET_END, Consumer, KafkaError, KafkaException, Producer, TopicPartition
from confluent_kafka.admin import AdminClient, ConfigResource, NewPartitions, NewTopic

from driver import decode, drive, emit, emit_record, open_ends, terminated

# How long a poll may wait before the script looks whether it shall end.
POLL_SECONDS = 0.2
CALL_SECONDS = 30


def produce(bootstrap, topic, compression, idempotent, maxMessageBytes, records):
    options = {"bootstrap.servers": bootstrap}
    if compression:
        options["compression.type"] = compression
    if idempotent:
        options["enable.idempotence"] = True
    if maxMessageBytes:
        options["message.max.bytes"] = maxMessageBytes
    producer = Producer(options)
    errors = []

    def delivered(error, message):
        if error is not None:
            errors.append(error)

    for record in records:
        optional = {}
        if record["p"] >= 0:
            optional["partition"] = record["p"]
        if record["t"]:
            optional["timestamp"] = record["t"]
        headers = [(name, decode(content)) for name, content in record["h"]]
        while True:
            try:
                producer.produce(
                    topic, decode(record["v"]), decode(record["k"]), headers=headers, on_delivery=delivered, **optional
                )
                break
            except BufferError:
                producer.poll(POLL_SECONDS)
    left = producer.flush(CALL_SECONDS)
    if errors or left:
        raise KafkaException(errors[0] if errors else f"{left} records were not acknowledged")


def checked(message):
    if message.error():
        raise KafkaException(message.error())
    return message


def report(message):
    emit_record(
        message.partition(),
        message.offset(),
        message.timestamp()[1],
        message.key(),
        message.value(),
        message.headers(),
    )


def read(bootstrap, topic, timestamp, ends):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"read-{uuid.uuid4()}"})
    starts = [TopicPartition(topic, int(partition), OFFSET_BEGINNING) for partition in ends]
    if timestamp is not None:
        starts = consumer.offsets_for_times([TopicPartition(topic, int(p), timestamp) for p in ends], CALL_SECONDS)
        starts = [start for start in starts if start.offset != OFFSET_END]
    left = open_ends(ends, {start.partition: start.offset for start in starts})
    left = {start.partition: left[start.partition] for start in starts if start.partition in left}
    consumer.assign([start for start in starts if start.partition in left])
    while left:
        message = consumer.poll(POLL_SECONDS)
        if message is not None and checked(message).partition() in left:
            report(message)
            if message.offset() >= left[message.partition()] - 1:
                del left[message.partition()]
    consumer.close()


def follow(consumer):
    while not terminated.is_set():
        message = consumer.poll(POLL_SECONDS)
        if message is None:
            emit("polled")
        elif message.error() and message.error().code() == KafkaError._PARTITION_EOF:
            emit("ready")
        else:
            report(checked(message))
    consumer.close()


def tail(bootstrap, topic):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"tail-{uuid.uuid4()}", "enable.partition.eof": True})
    consumer.subscribe([topic])
    follow(consumer)


def member(bootstrap, group, topic):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe(
        [topic],
        on_assign=lambda _, partitions: emit("assigned", partitions=[p.partition for p in partitions]),
        on_revoke=lambda _, partitions: emit("assigned", partitions=[]),
    )
    follow(consumer)


def transaction(bootstrap, topic):
    producer = Producer({"bootstrap.servers": bootstrap, "transactional.id": "transaction"})
    producer.init_transactions(CALL_SECONDS)
    producer.begin_transaction()
    producer.produce(topic, b"1")
    producer.commit_transaction(CALL_SECONDS)


def admin(bootstrap):
    return AdminClient({"bootstrap.servers": bootstrap})


def ask(bootstrap, call):
    # The client must outlive its future.
    client = admin(bootstrap)
    (future,) = call(client).values()
    return future.result(CALL_SECONDS)


def create_topic(bootstrap, topic, partitions, configs):
    ask(bootstrap, lambda client: client.create_topics([NewTopic(topic, partitions, 1, config=configs)]))


def list_topics(bootstrap):
    emit("result", value=list(admin(bootstrap).list_topics(timeout=CALL_SECONDS).topics))


def describe_topic(bootstrap, topic):
    emit("result", value=len(admin(bootstrap).list_topics(topic, CALL_SECONDS).topics[topic].partitions))


def create_partitions(bootstrap, topic, count):
    ask(bootstrap, lambda client: client.create_partitions([NewPartitions(topic, count)]))


def describe_configs(bootstrap, topic):
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic)
    entries = ask(bootstrap, lambda client: client.describe_configs([resource]))
    emit("result", value={name: entry.value for name, entry in entries.items()})


def alter_config(bootstrap, topic, name, value):
    resource = ConfigResource(ConfigResource.Type.TOPIC, topic, set_config={name: value})
    ask(bootstrap, lambda client: client.alter_configs([resource]))


def list_offsets(bootstrap, topic, partition):
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": f"offsets-{uuid.uuid4()}"})
    emit("result", value=list(consumer.get_watermark_offsets(TopicPartition(topic, partition), CALL_SECONDS)))
    consumer.close()


def list_groups(bootstrap):
    emit("result", value=[group.id for group in admin(bootstrap).list_groups(timeout=CALL_SECONDS)])


def describe_group(bootstrap, group):
    (description,) = admin(bootstrap).list_groups(group, CALL_SECONDS)
    emit("result", value={"state": description.state, "members": len(description.members)})


def delete_topic(bootstrap, topic):
    ask(bootstrap, lambda client: client.delete_topics([topic], operation_timeout=CALL_SECONDS))


drive({
    "produce": produce,
    "read": read,
    "tail": tail,
    "member": member,
    "transaction": transaction,
    "createTopic": create_topic,
    "listTopics": list_topics,
    "describeTopic": describe_topic,
    "createPartitions": create_partitions,
    "describeConfigs": describe_configs,
    "alterConfig": alter_config,
    "listOffsets": list_offsets,
    "listGroups": list_groups,
    "describeGroup": describe_group,
    "deleteTopic": delete_topic,
})
