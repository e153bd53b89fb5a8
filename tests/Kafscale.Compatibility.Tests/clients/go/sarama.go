package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/Shopify/sarama"
)

func init() {
	clients["sarama"] = ofSarama(func() *sarama.Config {
		config := sarama.NewConfig()
		config.Version = sarama.V2_2_0_0
		return config
	})
	// Without a version Sarama speaks as to Kafka 0.8.2.
	clients["sarama-default"] = ofSarama(sarama.NewConfig)
}

type saramaClient struct {
	newConfig func() *sarama.Config
}

func ofSarama(newConfig func() *sarama.Config) client {
	c := saramaClient{newConfig}
	return client{
		"produce":          c.produce,
		"read":             c.read,
		"tail":             c.tail,
		"member":           c.member,
		"createTopic":      c.createTopic,
		"listTopics":       c.listTopics,
		"describeTopic":    c.describeTopic,
		"createPartitions": c.createPartitions,
		"describeConfigs":  c.describeConfigs,
		"alterConfig":      c.alterConfig,
		"listOffsets":      c.listOffsets,
		"deleteRecords":    c.deleteRecords,
		"listGroups":       c.listGroups,
		"describeGroup":    c.describeGroup,
		"groupOffsets":     c.groupOffsets,
		"deleteGroup":      c.deleteGroup,
		"deleteTopic":      c.deleteTopic,
	}
}

var codecsOfSarama = map[string]sarama.CompressionCodec{
	"none":   sarama.CompressionNone,
	"gzip":   sarama.CompressionGZIP,
	"snappy": sarama.CompressionSnappy,
	"lz4":    sarama.CompressionLZ4,
	"zstd":   sarama.CompressionZSTD,
}

func (c saramaClient) produce(args arguments) error {
	config := c.newConfig()
	config.Producer.Return.Successes = true
	if len(args.Records) > 0 && args.Records[0].Partition >= 0 {
		config.Producer.Partitioner = sarama.NewManualPartitioner
	}
	if args.Compression != nil {
		config.Producer.Compression = codecsOfSarama[*args.Compression]
	}
	if args.MaxMessageBytes > 0 {
		config.Producer.MaxMessageBytes = args.MaxMessageBytes
	}
	if args.Idempotent {
		// Sarama insists on the other two.
		config.Producer.Idempotent = true
		config.Producer.RequiredAcks = sarama.WaitForAll
		config.Net.MaxOpenRequests = 1
	}
	producer, err := sarama.NewAsyncProducer([]string{args.Bootstrap}, config)
	if err != nil {
		return err
	}
	go func() {
		for _, record := range args.Records {
			producer.Input() <- messageOf(args.Topic, record)
		}
	}()
	var failure error
	for range args.Records {
		select {
		case <-producer.Successes():
		case err := <-producer.Errors():
			failure = err
		}
	}
	if err := producer.Close(); err != nil {
		return err
	}
	return failure
}

func messageOf(topic string, record record) *sarama.ProducerMessage {
	message := &sarama.ProducerMessage{Topic: topic, Partition: record.Partition}
	if record.Key != nil {
		message.Key = sarama.ByteEncoder(record.Key)
	}
	if record.Value != nil {
		message.Value = sarama.ByteEncoder(record.Value)
	}
	for _, header := range record.Headers {
		message.Headers = append(message.Headers, sarama.RecordHeader{Key: []byte(header.name), Value: header.value})
	}
	if record.Timestamp != nil {
		message.Timestamp = time.UnixMilli(*record.Timestamp)
	}
	return message
}

func emitMessage(message *sarama.ConsumerMessage) {
	var headers []header
	for _, h := range message.Headers {
		headers = append(headers, header{string(h.Key), h.Value})
	}
	// Before 0.10 messages have no time.
	timestampMs := int64(-1)
	if !message.Timestamp.IsZero() {
		timestampMs = message.Timestamp.UnixMilli()
	}
	emitRecord(message.Partition, message.Offset, timestampMs, message.Key, message.Value, headers)
}

func (c saramaClient) read(args arguments) error {
	starts := map[int32]int64{}
	for partition := range args.Ends {
		starts[partition] = sarama.OffsetOldest
	}
	if args.Timestamp != nil {
		err := c.withClient(args, func(client sarama.Client) error {
			for partition, end := range args.Ends {
				start, err := client.GetOffset(args.Topic, partition, *args.Timestamp)
				if err != nil {
					return err
				}
				if start < 0 {
					start = end
				}
				starts[partition] = start
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	consumer, err := sarama.NewConsumer([]string{args.Bootstrap}, c.newConfig())
	if err != nil {
		return err
	}
	defer consumer.Close()
	open := openEnds(args.Ends, starts)
	return eachPartition(open, func(partition int32) error {
		reader, err := consumer.ConsumePartition(args.Topic, partition, starts[partition])
		if err != nil {
			return err
		}
		for message := range reader.Messages() {
			emitMessage(message)
			if message.Offset >= open[partition]-1 {
				return reader.Close()
			}
		}
		return errors.New("the partition's messages ended before its log did")
	})
}

func (c saramaClient) tail(args arguments) error {
	consumer, err := sarama.NewConsumer([]string{args.Bootstrap}, c.newConfig())
	if err != nil {
		return err
	}
	partitions, err := consumer.Partitions(args.Topic)
	if err != nil {
		return err
	}
	for _, partition := range partitions {
		reader, err := consumer.ConsumePartition(args.Topic, partition, sarama.OffsetNewest)
		if err != nil {
			return err
		}
		defer reader.Close()
		go func() {
			for message := range reader.Messages() {
				emitMessage(message)
			}
		}()
	}
	emit("ready", nil)
	<-terminated()
	return nil
}

type saramaMember struct {
	topic string
}

func (m saramaMember) Setup(session sarama.ConsumerGroupSession) error {
	emitAssigned(session.Claims()[m.topic])
	return nil
}

func (m saramaMember) Cleanup(sarama.ConsumerGroupSession) error {
	emitAssigned(nil)
	return nil
}

func (m saramaMember) ConsumeClaim(session sarama.ConsumerGroupSession, claim sarama.ConsumerGroupClaim) error {
	for message := range claim.Messages() {
		emitMessage(message)
		session.MarkMessage(message, "")
	}
	return nil
}

func (c saramaClient) member(args arguments) error {
	config := c.newConfig()
	config.Consumer.Offsets.Initial = sarama.OffsetOldest
	group, err := sarama.NewConsumerGroup([]string{args.Bootstrap}, args.Group, config)
	if err != nil {
		return err
	}
	leaving, leave := context.WithCancel(context.Background())
	go func() {
		<-terminated()
		leave()
	}()
	for leaving.Err() == nil {
		if err := group.Consume(leaving, []string{args.Topic}, saramaMember{args.Topic}); err != nil {
			return err
		}
	}
	return group.Close()
}

func (c saramaClient) withClient(args arguments, use func(sarama.Client) error) error {
	client, err := sarama.NewClient([]string{args.Bootstrap}, c.newConfig())
	if err != nil {
		return err
	}
	defer client.Close()
	return use(client)
}

func (c saramaClient) withAdmin(args arguments, use func(sarama.ClusterAdmin) error) error {
	admin, err := sarama.NewClusterAdmin([]string{args.Bootstrap}, c.newConfig())
	if err != nil {
		return err
	}
	defer admin.Close()
	return use(admin)
}

func (c saramaClient) createTopic(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		detail := &sarama.TopicDetail{NumPartitions: args.Partitions, ReplicationFactor: 1, ConfigEntries: map[string]*string{}}
		for name, value := range args.Configs {
			value := value
			detail.ConfigEntries[name] = &value
		}
		return admin.CreateTopic(args.Topic, detail, false)
	})
}

func (c saramaClient) listTopics(args arguments) error {
	return c.withClient(args, func(client sarama.Client) error {
		topics, err := client.Topics()
		emitResult(topics)
		return err
	})
}

func (c saramaClient) describeTopic(args arguments) error {
	return c.withClient(args, func(client sarama.Client) error {
		partitions, err := client.Partitions(args.Topic)
		emitResult(len(partitions))
		return err
	})
}

func (c saramaClient) createPartitions(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		return admin.CreatePartitions(args.Topic, args.Count, nil, false)
	})
}

func (c saramaClient) describeConfigs(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		entries, err := admin.DescribeConfig(sarama.ConfigResource{Type: sarama.TopicResource, Name: args.Topic})
		values := map[string]string{}
		for _, entry := range entries {
			values[entry.Name] = entry.Value
		}
		emitResult(values)
		return err
	})
}

func (c saramaClient) alterConfig(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		return admin.AlterConfig(sarama.TopicResource, args.Topic, map[string]*string{args.Name: &args.Value}, false)
	})
}

func (c saramaClient) listOffsets(args arguments) error {
	return c.withClient(args, func(client sarama.Client) error {
		earliest, err := client.GetOffset(args.Topic, args.Partition, sarama.OffsetOldest)
		if err != nil {
			return err
		}
		latest, err := client.GetOffset(args.Topic, args.Partition, sarama.OffsetNewest)
		emitResult([]int64{earliest, latest})
		return err
	})
}

func (c saramaClient) deleteRecords(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		return admin.DeleteRecords(args.Topic, map[int32]int64{args.Partition: args.Offset})
	})
}

func (c saramaClient) listGroups(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		groups, err := admin.ListConsumerGroups()
		names := []string{}
		for name := range groups {
			names = append(names, name)
		}
		emitResult(names)
		return err
	})
}

func (c saramaClient) describeGroup(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		groups, err := admin.DescribeConsumerGroups([]string{args.Group})
		if err != nil {
			return err
		}
		emitResult(map[string]interface{}{"state": groups[0].State, "members": len(groups[0].Members)})
		return nil
	})
}

func (c saramaClient) groupOffsets(args arguments) error {
	var partitions []int32
	err := c.withClient(args, func(client sarama.Client) (err error) {
		partitions, err = client.Partitions(args.Topic)
		return err
	})
	if err != nil {
		return err
	}
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error {
		response, err := admin.ListConsumerGroupOffsets(args.Group, map[string][]int32{args.Topic: partitions})
		if err != nil {
			return err
		}
		offsets := map[int32]int64{}
		for partition, block := range response.Blocks[args.Topic] {
			if block.Offset >= 0 {
				offsets[partition] = block.Offset
			}
		}
		emitResult(offsets)
		return nil
	})
}

// Sarama's administrative client has no call for this; the request itself is public.
func (c saramaClient) deleteGroup(args arguments) error {
	return c.withClient(args, func(client sarama.Client) error {
		coordinator, err := client.Coordinator(args.Group)
		if err != nil {
			return err
		}
		response, err := coordinator.DeleteGroups(&sarama.DeleteGroupsRequest{Groups: []string{args.Group}})
		if err != nil {
			return err
		}
		if code := response.GroupErrorCodes[args.Group]; code != sarama.ErrNoError {
			return fmt.Errorf("%s: %w", args.Group, code)
		}
		return nil
	})
}

func (c saramaClient) deleteTopic(args arguments) error {
	return c.withAdmin(args, func(admin sarama.ClusterAdmin) error { return admin.DeleteTopic(args.Topic) })
}
