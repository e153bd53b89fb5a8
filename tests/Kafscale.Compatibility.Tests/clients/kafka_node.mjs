import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import kafkaNode from 'kafka-node'
import { bytes, drive, emit, emitRecord, Ends, terminated } from './driver.mjs'

const { Admin, Consumer, ConsumerGroup, KafkaClient, KeyedMessage, Offset, Producer } = kafkaNode

const chunk = 5000
const topicResource = '2'
const codecs = { none: 0, gzip: 1 }
const binary = { encoding: 'buffer', keyEncoding: 'buffer' }

// Everything here takes callbacks and is ready at some time; what goes wrong between calls is an event.
async function ready (emitter) {
  await new Promise((resolve, reject) => {
    emitter.on('error', reject)
    emitter.once('ready', resolve)
  })
  return emitter
}

const connect = bootstrap => ready(new KafkaClient({ kafkaHost: bootstrap }))

const call = (object, method, ...args) => promisify(object[method]).call(object, ...args)

async function withClient (bootstrap, use) {
  const client = await connect(bootstrap)
  try {
    return await use(client)
  } finally {
    await call(client, 'close')
  }
}

const emitMessage = message => emitRecord({ ...message, timestamp: message.timestamp ?? -1, headers: [] })

function messageOf ({ k, v, t }) {
  const message = new KeyedMessage(bytes(k), bytes(v))
  return t ? Object.assign(message, { timestamp: t }) : message
}

function read (client, topic, starts) {
  const payloads = Object.entries(starts).map(([partition, offset]) => ({ topic, partition: Number(partition), offset }))
  const consumer = new Consumer(client, payloads, { ...binary, groupId: `read-${randomUUID()}`, autoCommit: false, fromOffset: true })
  consumer.on('error', error => emit('error', { message: String(error) }))
  return consumer
}

await drive({
  async produce ({ bootstrap, topic, compression, records }) {
    const client = await connect(bootstrap)
    const producer = new Producer(client)
    // The first answer about a topic that is to be created says that it has no leader yet.
    await call(client, 'createTopics', [topic])
    for (let start = 0; start < records.length; start += chunk) {
      const part = records.slice(start, start + chunk)
      await call(producer, 'send', [...new Set(part.map(({ p }) => p))].map(partition => ({
        topic,
        ...(partition >= 0 ? { partition } : {}),
        attributes: codecs[compression ?? 'none'],
        messages: part.filter(({ p }) => p === partition).map(messageOf)
      })))
    }
    await call(producer, 'close')
  },

  async read ({ bootstrap, topic, ends }) {
    const left = new Ends(ends)
    const client = await connect(bootstrap)
    const consumer = read(client, topic, Object.fromEntries([...left.ends.keys()].map(partition => [partition, 0])))
    consumer.on('message', message => {
      if (left.isOpen(message.partition)) {
        emitMessage(message)
        left.passed(message.partition, message.offset)
      }
    })
    await left.reached
    await call(consumer, 'close')
  },

  async tail ({ bootstrap, topic }) {
    const client = await connect(bootstrap)
    const starts = await call(new Offset(client), 'fetchLatestOffsets', [topic])
    const consumer = read(client, topic, starts[topic])
    consumer.on('message', emitMessage)
    emit('ready')
    await terminated
    await call(consumer, 'close')
  },

  async member ({ bootstrap, group, topic }) {
    const consumer = new ConsumerGroup({ kafkaHost: bootstrap, groupId: group, fromOffset: 'earliest', ...binary }, [topic])
    consumer.on('error', error => emit('error', { message: String(error) }))
    consumer.on('rebalancing', () => emit('assigned', { partitions: [] }))
    consumer.on('rebalanced', () => emit('assigned', { partitions: consumer.topicPayloads.map(({ partition }) => Number(partition)) }))
    consumer.on('message', emitMessage)
    await terminated
    await call(consumer, 'close', true)
  },

  async createTopic ({ bootstrap, topic, partitions, configs }) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    const failures = await withClient(bootstrap, client =>
      call(client, 'createTopics', [{ topic, partitions, replicationFactor: 1, configEntries }]))
    if (failures.length > 0) {
      throw new Error(failures[0].error)
    }
  },

  async listTopics ({ bootstrap }) {
    const [, { metadata }] = await withClient(bootstrap, client => call(new Admin(client), 'listTopics'))
    emit('result', { value: Object.keys(metadata) })
  },

  async describeTopic ({ bootstrap, topic }) {
    const [, { metadata }] = await withClient(bootstrap, client => call(client, 'loadMetadataForTopics', [topic]))
    emit('result', { value: Object.keys(metadata[topic]).length })
  },

  async describeConfigs ({ bootstrap, topic }) {
    const [{ configEntries }] = await withClient(bootstrap, client => call(new Admin(client), 'describeConfigs', {
      resources: [{ resourceType: topicResource, resourceName: topic, configNames: [] }],
      includeSynonyms: false
    }))
    emit('result', { value: Object.fromEntries(configEntries.map(entry => [entry.configName, entry.configValue])) })
  },

  async listOffsets ({ bootstrap, topic, partition }) {
    await withClient(bootstrap, async client => {
      const earliest = await call(new Offset(client), 'fetchEarliestOffsets', [topic])
      const latest = await call(new Offset(client), 'fetchLatestOffsets', [topic])
      emit('result', { value: [earliest[topic][partition], latest[topic][partition]] })
    })
  },

  async listGroups ({ bootstrap }) {
    emit('result', { value: Object.keys(await withClient(bootstrap, client => call(new Admin(client), 'listGroups'))) })
  },

  async describeGroup ({ bootstrap, group }) {
    const groups = await withClient(bootstrap, client => call(new Admin(client), 'describeGroups', [group]))
    emit('result', { value: { state: groups[group].state, members: groups[group].members.length } })
  },

  async groupOffsets ({ bootstrap, group, topic }) {
    await withClient(bootstrap, async client => {
      const [, { metadata }] = await call(client, 'loadMetadataForTopics', [topic])
      const payloads = Object.keys(metadata[topic]).map(partition => ({ topic, partition: Number(partition) }))
      const offsets = await call(new Offset(client), 'fetchCommits', group, payloads)
      emit('result', { value: Object.fromEntries(Object.entries(offsets[topic]).filter(([, offset]) => offset >= 0)) })
    })
  }
})
