// The driver of the clients that are written in Go: the client's name, a command and a file of arguments in, one JSON object a line out.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"os"
	"os/signal"
	"sync"
	"syscall"
)

type arguments struct {
	Bootstrap       string
	Topic           string
	Group           string
	Compression     *string
	Idempotent      bool
	MaxMessageBytes int
	Records         []record
	Timestamp       *int64
	Ends            map[int32]int64
	Partition       int32
	Partitions      int32
	Configs         map[string]string
	Count           int32
	Name            string
	Value           string
	Offset          int64
}

type record struct {
	Partition int32    `json:"p"`
	Key       []byte   `json:"k"`
	Value     []byte   `json:"v"`
	Headers   []header `json:"h"`
	Timestamp *int64   `json:"t"`
}

type header struct {
	name  string
	value []byte
}

func (h *header) UnmarshalJSON(text []byte) error {
	return json.Unmarshal(text, &[]interface{}{&h.name, &h.value})
}

func (h header) MarshalJSON() ([]byte, error) {
	return json.Marshal([]interface{}{h.name, h.value})
}

type client map[string]func(arguments) error

var clients = map[string]client{}

var output = struct {
	sync.Mutex
	*bufio.Writer
}{Writer: bufio.NewWriterSize(os.Stdout, 1<<16)}

// emit writes one line. Partitions are read by several goroutines.
func emit(event string, properties map[string]interface{}) {
	line := map[string]interface{}{"event": event}
	for name, value := range properties {
		line[name] = value
	}
	text, err := json.Marshal(line)
	if err != nil {
		panic(err)
	}
	output.Lock()
	defer output.Unlock()
	output.Write(append(text, '\n'))
	output.Flush()
}

func emitRecord(partition int32, offset int64, timestampMs int64, key []byte, value []byte, headers []header) {
	if headers == nil {
		headers = []header{}
	}
	emit("record", map[string]interface{}{"p": partition, "o": offset, "t": timestampMs, "k": key, "v": value, "h": headers})
}

func emitAssigned(partitions []int32) {
	if partitions == nil {
		partitions = []int32{}
	}
	emit("assigned", map[string]interface{}{"partitions": partitions})
}

func emitResult(value interface{}) {
	emit("result", map[string]interface{}{"value": value})
}

// openEnds leaves out the partitions of which nothing is to be read.
func openEnds(ends map[int32]int64, starts map[int32]int64) map[int32]int64 {
	open := map[int32]int64{}
	for partition, end := range ends {
		if end > 0 && starts[partition] < end {
			open[partition] = end
		}
	}
	return open
}

// eachPartition runs something for several partitions at once, and returns the first failure.
func eachPartition(partitions map[int32]int64, run func(partition int32) error) error {
	results := make(chan error, len(partitions))
	for partition := range partitions {
		partition := partition
		go func() { results <- run(partition) }()
	}
	var failure error
	for range partitions {
		if err := <-results; err != nil && failure == nil {
			failure = err
		}
	}
	return failure
}

func terminated() <-chan os.Signal {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM)
	return signals
}

func run(name string, command string, file string) error {
	text, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var parsed arguments
	if err := json.Unmarshal(text, &parsed); err != nil {
		return err
	}
	call, ok := clients[name][command]
	if !ok {
		return fmt.Errorf("%s has no command %s", name, command)
	}
	return call(parsed)
}

func main() {
	if err := run(os.Args[1], os.Args[2], os.Args[3]); err != nil {
		emit("error", map[string]interface{}{"message": err.Error()})
		os.Exit(1)
	}
}
