package main

import (
	"context"
	"fmt"
	"log"
	"os"
	"strings"
	"time"

	"github.com/segmentio/kafka-go"
	"github.com/segmentio/kafka-go/gzip"
	"github.com/segmentio/kafka-go/lz4"
	"github.com/segmentio/kafka-go/snappy"
)

func init() {
	clients["kafka-go"] = client{
		"produce":       kafkaGoProduce,
		"read":          kafkaGoRead,
		"tail":          kafkaGoTail,
		"member":        kafkaGoMember,
		"createTopic":   kafkaGoCreateTopic,
		"describeTopic": kafkaGoDescribeTopic,
		"listOffsets":   kafkaGoListOffsets,
		"deleteTopic":   kafkaGoDeleteTopic,
	}
}

// A reader waits by default until it has a megabyte, for up to ten seconds, and as long when it is closed. Its own most, a megabyte as
// well, has to be said with the least.
const (
	minBytes = 1
	maxBytes = 1e6
	maxWait  = 500 * time.Millisecond
)

var codecsOfKafkaGo = map[string]kafka.CompressionCodec{
	"gzip":   gzip.NewCompressionCodec(),
	"snappy": snappy.NewCompressionCodec(),
	"lz4":    lz4.NewCompressionCodec(),
}

// A message has no partition of its own: each partition gets a writer that knows no other.
func kafkaGoProduce(args arguments) error {
	messages := map[int32][]kafka.Message{}
	counts := map[int32]int64{}
	for _, record := range args.Records {
		message := kafka.Message{Key: record.Key, Value: record.Value}
		if record.Timestamp != nil {
			message.Time = time.UnixMilli(*record.Timestamp)
		}
		messages[record.Partition] = append(messages[record.Partition], message)
		counts[record.Partition]++
	}
	return eachPartition(counts, func(partition int32) error {
		config := kafka.WriterConfig{Brokers: []string{args.Bootstrap}, Topic: args.Topic}
		if partition >= 0 {
			config.Balancer = kafka.BalancerFunc(func(kafka.Message, ...int) int { return int(partition) })
		}
		if args.Compression != nil {
			config.CompressionCodec = codecsOfKafkaGo[*args.Compression]
		}
		writer := kafka.NewWriter(config)
		if err := writer.WriteMessages(context.Background(), messages[partition]...); err != nil {
			writer.Close()
			return err
		}
		return writer.Close()
	})
}

func emitKafkaGoMessage(message kafka.Message) {
	emitRecord(int32(message.Partition), message.Offset, message.Time.UnixMilli(), message.Key, message.Value, nil)
}

func kafkaGoReader(args arguments, partition int32, offset int64) (*kafka.Reader, error) {
	reader := kafka.NewReader(kafka.ReaderConfig{
		Brokers:   []string{args.Bootstrap},
		Topic:     args.Topic,
		Partition: int(partition),
		MinBytes:  minBytes,
		MaxBytes:  maxBytes,
		MaxWait:   maxWait,
	})
	return reader, reader.SetOffset(offset)
}

func kafkaGoRead(args arguments) error {
	starts := map[int32]int64{}
	for partition, end := range args.Ends {
		starts[partition] = 0
		if args.Timestamp == nil {
			continue
		}
		err := withKafkaGoLeader(args, partition, func(conn *kafka.Conn) error {
			start, err := conn.ReadOffset(time.UnixMilli(*args.Timestamp))
			if start < 0 {
				start = end
			}
			starts[partition] = start
			return err
		})
		if err != nil {
			return err
		}
	}
	open := openEnds(args.Ends, starts)
	return eachPartition(open, func(partition int32) error {
		reader, err := kafkaGoReader(args, partition, starts[partition])
		if err != nil {
			return err
		}
		for {
			message, err := reader.ReadMessage(context.Background())
			if err != nil {
				return err
			}
			emitKafkaGoMessage(message)
			if message.Offset >= open[partition]-1 {
				return reader.Close()
			}
		}
	})
}

// Reads on until a signal comes.
func kafkaGoFollow(reader *kafka.Reader) error {
	leaving, leave := context.WithCancel(context.Background())
	go func() {
		<-terminated()
		leave()
	}()
	for {
		message, err := reader.ReadMessage(leaving)
		if err == nil {
			// It is committed, whether the reader is to leave or not.
			emitKafkaGoMessage(message)
		} else if leaving.Err() != nil {
			return reader.Close()
		} else {
			return err
		}
	}
}

func kafkaGoTail(args arguments) error {
	var end int64
	err := withKafkaGoLeader(args, 0, func(conn *kafka.Conn) (err error) {
		end, err = conn.ReadLastOffset()
		return err
	})
	if err != nil {
		return err
	}
	reader, err := kafkaGoReader(args, 0, end)
	if err != nil {
		return err
	}
	emit("ready", nil)
	return kafkaGoFollow(reader)
}

// What a member is given is nowhere but in what it logs: "subscribed to partitions: map[0:-2 1:-2]".
type assignmentLog struct{}

func (assignmentLog) Write(text []byte) (int, error) {
	const subscribed = "subscribed to partitions: map["
	line := strings.TrimSpace(string(text))
	if strings.HasPrefix(line, "rebalancing consumer group") {
		emitAssigned(nil)
	} else if strings.HasPrefix(line, subscribed) {
		var partitions []int32
		for _, pair := range strings.Fields(strings.TrimSuffix(line[len(subscribed):], "]")) {
			var partition int32
			var offset int64
			if _, err := fmt.Sscanf(pair, "%d:%d", &partition, &offset); err != nil {
				return 0, err
			}
			partitions = append(partitions, partition)
		}
		emitAssigned(partitions)
	}
	return len(text), nil
}

func kafkaGoMember(args arguments) error {
	return kafkaGoFollow(kafka.NewReader(kafka.ReaderConfig{
		Brokers:     []string{args.Bootstrap},
		GroupID:     args.Group,
		Topic:       args.Topic,
		MinBytes:    minBytes,
		MaxBytes:    maxBytes,
		MaxWait:     maxWait,
		Logger:      log.New(assignmentLog{}, "", 0),
		ErrorLogger: log.New(os.Stderr, "", 0),
	}))
}

func withKafkaGo(args arguments, use func(*kafka.Conn) error) error {
	conn, err := kafka.Dial("tcp", args.Bootstrap)
	if err != nil {
		return err
	}
	defer conn.Close()
	return use(conn)
}

func withKafkaGoLeader(args arguments, partition int32, use func(*kafka.Conn) error) error {
	conn, err := kafka.DialLeader(context.Background(), "tcp", args.Bootstrap, args.Topic, int(partition))
	if err != nil {
		return err
	}
	defer conn.Close()
	return use(conn)
}

func kafkaGoCreateTopic(args arguments) error {
	return withKafkaGo(args, func(conn *kafka.Conn) error {
		config := kafka.TopicConfig{Topic: args.Topic, NumPartitions: int(args.Partitions), ReplicationFactor: 1}
		for name, value := range args.Configs {
			config.ConfigEntries = append(config.ConfigEntries, kafka.ConfigEntry{ConfigName: name, ConfigValue: value})
		}
		return conn.CreateTopics(config)
	})
}

func kafkaGoDescribeTopic(args arguments) error {
	return withKafkaGo(args, func(conn *kafka.Conn) error {
		partitions, err := conn.ReadPartitions(args.Topic)
		emitResult(len(partitions))
		return err
	})
}

func kafkaGoListOffsets(args arguments) error {
	return withKafkaGoLeader(args, args.Partition, func(conn *kafka.Conn) error {
		earliest, latest, err := conn.ReadOffsets()
		emitResult([]int64{earliest, latest})
		return err
	})
}

func kafkaGoDeleteTopic(args arguments) error {
	return withKafkaGo(args, func(conn *kafka.Conn) error { return conn.DeleteTopics(args.Topic) })
}
