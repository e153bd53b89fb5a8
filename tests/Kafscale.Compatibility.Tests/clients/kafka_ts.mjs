import kafkaTs from 'kafka-ts'
import { bytes, drive, emit, emitRecord, Ends, terminated } from './driver.mjs'

const { API, createKafkaClient, setLogger } = kafkaTs

const chunk = 5000
const topicResource = 2
const set = 0

// What a member is given and what is taken from it, it says nowhere but in its log.
setLogger({
  debug (message, properties) {
    if (message === 'Updated member assignment') {
      emit('assigned', { partitions: Object.values(properties.assignment).flat() })
    } else if (message.endsWith('Rejoining group...')) {
      emit('assigned', { partitions: [] })
    }
  },
  info () {},
  warn: (message, properties) => console.error(message, properties),
  error: (message, properties) => console.error(message, properties)
})

function connect (bootstrap) {
  const [host, port] = bootstrap.split(':')
  return createKafkaClient({ bootstrapServers: [{ host, port: Number(port) }] })
}

// There is no administrative client: requests are sent as they are, each in the highest version of both sides.
async function ask (bootstrap, api, request) {
  const cluster = connect(bootstrap).createCluster()
  await cluster.connect()
  try {
    return await cluster.sendRequest(api, request)
  } finally {
    await cluster.disconnect()
  }
}

// Keys, values and headers are strings.
const text = base64 => bytes(base64)?.toString() ?? null

const emitMessages = messages => {
  for (const message of messages) {
    emitRecord({ ...message, ...strings(message), headers: Object.entries(message.headers) })
  }
}

const strings = ({ key, value }) => ({
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value)
})

const topicOf = async (bootstrap, name) => {
  const { topics } = await ask(bootstrap, API.METADATA, { topics: [{ id: null, name }] })
  return topics[0]
}

async function offsetAt (bootstrap, topic, partitionIndex, timestamp) {
  const { topics } = await ask(bootstrap, API.LIST_OFFSETS, {
    replicaId: -1,
    isolationLevel: 0,
    topics: [{ name: topic, partitions: [{ partitionIndex, currentLeaderEpoch: -1, timestamp }] }]
  })
  return Number(topics[0].partitions[0].offset)
}

async function follow ({ bootstrap, group, topic }, groupProtocol) {
  const consumer = await connect(bootstrap).startConsumer({
    groupId: group,
    groupProtocol,
    topics: [topic],
    fromBeginning: true,
    onBatch: emitMessages
  })
  await terminated
  await consumer.close()
}

await drive({
  async produce ({ bootstrap, topic, records }) {
    const producer = connect(bootstrap).createProducer({ allowTopicAutoCreation: true })
    for (let start = 0; start < records.length; start += chunk) {
      await producer.send(records.slice(start, start + chunk).map(({ p, k, v, h, t }) => ({
        topic,
        key: text(k),
        value: text(v),
        headers: Object.fromEntries(h.map(([name, value]) => [name, text(value)])),
        ...(p >= 0 ? { partition: p } : {}),
        ...(t ? { timestamp: BigInt(t) } : {})
      })))
    }
    await producer.close()
  },

  async read ({ bootstrap, topic, timestamp, ends }) {
    const starts = {}
    for (const partition of timestamp === null ? [] : Object.keys(ends)) {
      const start = await offsetAt(bootstrap, topic, Number(partition), BigInt(timestamp))
      starts[partition] = start < 0 ? ends[partition] : start
    }
    const left = new Ends(ends, starts)
    const consumer = await connect(bootstrap).startConsumer({
      topics: [topic],
      fromBeginning: true,
      ...(timestamp === null ? {} : { fromTimestamp: BigInt(timestamp) }),
      onBatch: messages => {
        const wanted = messages.filter(({ partition }) => left.isOpen(partition))
        emitMessages(wanted)
        for (const { partition, offset } of wanted) {
          left.passed(partition, offset)
        }
      }
    })
    await left.reached
    await consumer.close(true)
  },

  async tail ({ bootstrap, topic }) {
    const consumer = await connect(bootstrap).startConsumer({ topics: [topic], onBatch: emitMessages })
    emit('ready')
    await terminated
    await consumer.close()
  },

  async member (args) {
    await follow(args, 'classic')
  },

  async consumerProtocolMember (args) {
    await follow(args, 'consumer')
  },

  async createTopic ({ bootstrap, topic, partitions, configs }) {
    await ask(bootstrap, API.CREATE_TOPICS, {
      topics: [{
        name: topic,
        numPartitions: partitions,
        configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
      }]
    })
  },

  async listTopics ({ bootstrap }) {
    const { topics } = await ask(bootstrap, API.METADATA, { topics: null })
    emit('result', { value: topics.map(({ name }) => name) })
  },

  async describeTopic ({ bootstrap, topic }) {
    emit('result', { value: (await topicOf(bootstrap, topic)).partitions.length })
  },

  async createPartitions ({ bootstrap, topic, count }) {
    await ask(bootstrap, API.CREATE_PARTITIONS, {
      topics: [{ name: topic, count, assignments: null }],
      timeoutMs: 10_000,
      validateOnly: false
    })
  },

  async describeConfigs ({ bootstrap, topic }) {
    const { results } = await ask(bootstrap, API.DESCRIBE_CONFIGS, {
      resources: [{ resourceType: topicResource, resourceName: topic, configurationKeys: null }],
      includeSynonyms: false
    })
    emit('result', { value: Object.fromEntries(results[0].configs.map(({ name, value }) => [name, value])) })
  },

  async alterConfig ({ bootstrap, topic, name, value }) {
    await ask(bootstrap, API.INCREMENTAL_ALTER_CONFIGS, {
      resources: [{ resourceType: topicResource, resourceName: topic, configs: [{ name, configOperation: set, value }] }],
      validateOnly: false
    })
  },

  async listOffsets ({ bootstrap, topic, partition }) {
    emit('result', { value: [await offsetAt(bootstrap, topic, partition, -2n), await offsetAt(bootstrap, topic, partition, -1n)] })
  },

  async deleteRecords ({ bootstrap, topic, partition, offset }) {
    await ask(bootstrap, API.DELETE_RECORDS, {
      topics: [{ name: topic, partitions: [{ partitionIndex: partition, offset: BigInt(offset) }] }],
      timeoutMs: 10_000
    })
  },

  async listGroups ({ bootstrap }) {
    const { groups } = await ask(bootstrap, API.LIST_GROUPS, {})
    emit('result', { value: groups.map(({ groupId }) => groupId) })
  },

  async describeGroup ({ bootstrap, group }) {
    const { groups } = await ask(bootstrap, API.DESCRIBE_GROUPS, { groups: [group] })
    emit('result', { value: { state: groups[0].groupState, members: groups[0].members.length } })
  },

  async groupOffsets ({ bootstrap, group, topic }) {
    const { topicId, partitions } = await topicOf(bootstrap, topic)
    const partitionIndexes = partitions.map(({ partitionIndex }) => partitionIndex)
    const { groups } = await ask(bootstrap, API.OFFSET_FETCH, {
      groups: [{ groupId: group, topics: [{ name: topic, topicId, partitionIndexes }] }],
      requireStable: true
    })
    const committed = groups[0].topics[0].partitions.filter(({ committedOffset }) => committedOffset >= 0)
    emit('result', { value: Object.fromEntries(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)])) })
  },

  async deleteGroup ({ bootstrap, group }) {
    await ask(bootstrap, API.DELETE_GROUPS, { groupsNames: [group] })
  },

  async deleteTopic ({ bootstrap, topic }) {
    await ask(bootstrap, API.DELETE_TOPICS, { topics: [{ name: topic, topicId: null }] })
  }
})
