import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.Future;
import org.apache.kafka.clients.consumer.ConsumerRebalanceListener;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

/** The driver of Kafka's own Java client, 0.9: a command and a file of arguments in, one JSON object a line out. */
public final class Driver {
    private static final ObjectMapper JSON = new ObjectMapper();
    private static final PrintStream OUT = new PrintStream(new BufferedOutputStream(System.out, 1 << 16), false);
    private static final long POLL_MS = 1000;

    private final JsonNode args;

    private Driver(JsonNode args) {
        this.args = args;
    }

    public static void main(String[] arguments) throws Exception {
        int exitCode = 0;
        try {
            new Driver(JSON.readTree(new File(arguments[1]))).run(arguments[0]);
        } catch (Exception e) {
            emit(event("error").put("message", String.valueOf(e)));
            exitCode = 1;
        }
        OUT.flush();
        // The runtime waits in exit() for the hook that ends a reader, which waits for this thread.
        Runtime.getRuntime().halt(exitCode);
    }

    private void run(String command) throws Exception {
        switch (command) {
            case "produce": produce(); break;
            case "read": read(); break;
            case "tail": tail(); break;
            case "member": member(); break;
            case "listTopics": listTopics(); break;
            case "describeTopic": describeTopic(); break;
            case "listOffsets": listOffsets(); break;
            default: throw new IllegalArgumentException("There is no command " + command);
        }
    }

    private void produce() throws Exception {
        Properties config = config();
        JsonNode compression = args.get("compression");
        if (!compression.isNull()) {
            config.put("compression.type", compression.asText());
        }
        JsonNode maxMessageBytes = args.get("maxMessageBytes");
        if (!maxMessageBytes.isNull()) {
            config.put("max.request.size", maxMessageBytes.asText());
        }
        try (KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(config, new ByteArraySerializer(), new ByteArraySerializer())) {
            List<Future<?>> acknowledged = new ArrayList<>();
            for (JsonNode record : args.get("records")) {
                Integer partition = record.get("p").asInt() < 0 ? null : record.get("p").asInt();
                acknowledged.add(producer.send(new ProducerRecord<>(topic(), partition, bytes(record.get("k")), bytes(record.get("v")))));
            }
            for (Future<?> each : acknowledged) {
                each.get();
            }
        }
    }

    private void read() throws Exception {
        Map<Integer, Long> left = new HashMap<>();
        List<TopicPartition> partitions = new ArrayList<>();
        for (Iterator<Map.Entry<String, JsonNode>> ends = args.get("ends").fields(); ends.hasNext();) {
            Map.Entry<String, JsonNode> end = ends.next();
            if (end.getValue().asLong() > 0) {
                left.put(Integer.valueOf(end.getKey()), end.getValue().asLong());
                partitions.add(new TopicPartition(topic(), Integer.parseInt(end.getKey())));
            }
        }
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
            consumer.assign(partitions);
            consumer.seekToBeginning(partitions.toArray(new TopicPartition[0]));
            while (!left.isEmpty()) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_MS)) {
                    if (left.containsKey(record.partition())) {
                        emit(record);
                        if (record.offset() >= left.get(record.partition()) - 1) {
                            left.remove(record.partition());
                        }
                    }
                }
            }
        }
    }

    private void tail() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
            List<TopicPartition> partitions = partitionsOf(consumer);
            consumer.assign(partitions);
            consumer.seekToEnd(partitions.toArray(new TopicPartition[0]));
            for (TopicPartition partition : partitions) {
                consumer.position(partition);
            }
            emit(event("ready"));
            follow(consumer);
        }
    }

    private void member() throws Exception {
        Properties config = config();
        config.put("group.id", args.get("group").asText());
        config.put("auto.offset.reset", "earliest");
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config)) {
            consumer.subscribe(Collections.singletonList(topic()), new ConsumerRebalanceListener() {
                @Override
                public void onPartitionsRevoked(Collection<TopicPartition> partitions) {
                    emitAssigned(Collections.emptyList());
                }

                @Override
                public void onPartitionsAssigned(Collection<TopicPartition> partitions) {
                    emitAssigned(partitions);
                }
            });
            follow(consumer);
        }
    }

    /** Reads until SIGTERM comes, which the runtime tells by a hook; the hook waits until the consumer is closed. */
    private void follow(KafkaConsumer<byte[], byte[]> consumer) {
        Runtime.getRuntime().addShutdownHook(new Thread(() -> {
            consumer.wakeup();
            try {
                Thread.currentThread().join();
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }));
        try {
            while (true) {
                for (ConsumerRecord<byte[], byte[]> record : consumer.poll(POLL_MS)) {
                    emit(record);
                }
                OUT.flush();
            }
        } catch (WakeupException e) {
            // It is to leave.
        }
    }

    private void listTopics() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
            ArrayNode names = JSON.createArrayNode();
            consumer.listTopics().keySet().forEach(names::add);
            emit((ObjectNode) event("result").set("value", names));
        }
    }

    private void describeTopic() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
            emit(event("result").put("value", partitionsOf(consumer).size()));
        }
    }

    private void listOffsets() throws Exception {
        try (KafkaConsumer<byte[], byte[]> consumer = consumer(config())) {
            TopicPartition partition = new TopicPartition(topic(), args.get("partition").asInt());
            consumer.assign(Collections.singletonList(partition));
            consumer.seekToBeginning(partition);
            ArrayNode offsets = JSON.createArrayNode().add(consumer.position(partition));
            consumer.seekToEnd(partition);
            emit((ObjectNode) event("result").set("value", offsets.add(consumer.position(partition))));
        }
    }

    private List<TopicPartition> partitionsOf(KafkaConsumer<byte[], byte[]> consumer) {
        List<TopicPartition> partitions = new ArrayList<>();
        consumer.partitionsFor(topic()).forEach(info -> partitions.add(new TopicPartition(topic(), info.partition())));
        return partitions;
    }

    private Properties config() {
        Properties config = new Properties();
        config.put("bootstrap.servers", args.get("bootstrap").asText());
        return config;
    }

    private static KafkaConsumer<byte[], byte[]> consumer(Properties config) {
        return new KafkaConsumer<>(config, new ByteArrayDeserializer(), new ByteArrayDeserializer());
    }

    private String topic() {
        return args.get("topic").asText();
    }

    private static byte[] bytes(JsonNode text) throws IOException {
        return text.isNull() ? null : text.binaryValue();
    }

    private static ObjectNode event(String name) {
        return JSON.createObjectNode().put("event", name);
    }

    private static void emit(ConsumerRecord<byte[], byte[]> record) {
        ObjectNode line = event("record").put("p", record.partition()).put("o", record.offset()).put("t", -1);
        line.put("k", record.key()).put("v", record.value()).putArray("h");
        OUT.println(line);
    }

    private static void emitAssigned(Collection<TopicPartition> partitions) {
        ObjectNode line = event("assigned");
        ArrayNode numbers = line.putArray("partitions");
        partitions.forEach(partition -> numbers.add(partition.partition()));
        emit(line);
    }

    private static void emit(ObjectNode line) {
        OUT.println(line);
        OUT.flush();
    }
}
