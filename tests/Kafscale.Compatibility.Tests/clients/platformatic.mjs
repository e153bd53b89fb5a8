import { randomUUID } from 'node:crypto'
import { Admin, ConfigResourceTypes, Consumer, IncrementalAlterConfigOperationTypes, ListOffsetTimestamps, Producer } from '@platformatic/kafka'
import { bytes, drive, emit, emitRecord, Ends, terminated } from './driver.mjs'

const chunk = 5000

const connection = bootstrap => ({ clientId: 'compatibility', bootstrapBrokers: [bootstrap] })

async function withAdmin (bootstrap, use) {
  const admin = new Admin(connection(bootstrap))
  try {
    return await use(admin)
  } finally {
    await admin.close()
  }
}

const emitMessage = message => emitRecord({ ...message, headers: [...message.headers] })

async function follow (consumer, options) {
  const stream = await consumer.consume(options)
  stream.on('error', error => emit('error', { message: String(error) }))
  stream.on('data', emitMessage)
  return stream
}

async function offsetsAt (bootstrap, topic, partition, timestamp) {
  const listed = await withAdmin(bootstrap, admin => admin.listOffsets({
    topics: [{ name: topic, partitions: [{ partitionIndex: partition, timestamp }] }]
  }))
  return Number(listed[0].partitions[0].offset)
}

await drive({
  async produce ({ bootstrap, topic, compression, idempotent, records }) {
    const producer = new Producer({ ...connection(bootstrap), autocreateTopics: true })
    for (let start = 0; start < records.length; start += chunk) {
      await producer.send({
        ...(compression ? { compression } : {}),
        ...(idempotent ? { idempotent: true } : {}),
        messages: records.slice(start, start + chunk).map(({ p, k, v, h, t }) => ({
          topic,
          ...(k === null ? {} : { key: bytes(k) }),
          ...(v === null ? {} : { value: bytes(v) }),
          headers: new Map(h.map(([name, value]) => [Buffer.from(name), bytes(value)])),
          ...(p >= 0 ? { partition: p } : {}),
          ...(t ? { timestamp: BigInt(t) } : {})
        }))
      })
    }
    await producer.close()
  },

  async read ({ bootstrap, topic, timestamp, ends }) {
    const starts = {}
    for (const partition of Object.keys(ends).map(Number)) {
      const start = timestamp === null ? 0 : await offsetsAt(bootstrap, topic, partition, BigInt(timestamp))
      starts[partition] = start < 0 ? ends[partition] : start
    }

    const left = new Ends(ends, starts)
    if (left.ends.size > 0) {
      const consumer = new Consumer({ ...connection(bootstrap), groupId: `read-${randomUUID()}` })
      const stream = await consumer.consume({
        topics: [topic],
        mode: timestamp === null ? 'earliest' : 'manual',
        ...(timestamp === null
          ? {}
          : { offsets: Object.entries(starts).map(([partition, offset]) => ({ topic, partition: Number(partition), offset: BigInt(offset) })) })
      })
      stream.on('data', message => {
        if (left.isOpen(message.partition)) {
          emitMessage(message)
          left.passed(message.partition, message.offset)
        }
      })
      await left.reached
      await stream.close()
      await consumer.close()
    }
  },

  async tail ({ bootstrap, topic }) {
    const consumer = new Consumer({ ...connection(bootstrap), groupId: `tail-${randomUUID()}` })
    const stream = await follow(consumer, { topics: [topic], mode: 'latest' })
    stream.on('fetch', () => emit('ready'))
    await terminated
    await stream.close()
    await consumer.close()
  },

  async member ({ bootstrap, group, topic }) {
    const consumer = new Consumer({ ...connection(bootstrap), groupId: group })
    const report = () => emit('assigned', {
      partitions: (consumer.assignments ?? []).filter(assignment => assignment.topic === topic).flatMap(assignment => assignment.partitions)
    })
    consumer.on('consumer:group:rebalance', () => emit('assigned', { partitions: [] }))
    consumer.on('consumer:group:join', report)
    const stream = await follow(consumer, { topics: [topic], mode: 'committed', fallbackMode: 'earliest', autocommit: true })
    report()
    await terminated
    await stream.close()
    await consumer.close()
  },

  async transaction ({ bootstrap, topic }) {
    const producer = new Producer({ ...connection(bootstrap), transactionalId: 'transaction', idempotent: true, autocreateTopics: true })
    const transaction = await producer.beginTransaction()
    await transaction.send({ messages: [{ topic, value: Buffer.from('1') }] })
    await transaction.commit()
  },

  async createTopic ({ bootstrap, topic, partitions, configs }) {
    await withAdmin(bootstrap, admin => admin.createTopics({
      topics: [topic],
      partitions,
      replicas: 1,
      configs: Object.entries(configs).map(([name, value]) => ({ name, value }))
    }))
  },

  async listTopics ({ bootstrap }) {
    emit('result', { value: await withAdmin(bootstrap, admin => admin.listTopics()) })
  },

  async describeTopic ({ bootstrap, topic }) {
    const metadata = await withAdmin(bootstrap, admin => admin.metadata({ topics: [topic] }))
    emit('result', { value: metadata.topics.get(topic).partitionsCount })
  },

  async createPartitions ({ bootstrap, topic, count }) {
    await withAdmin(bootstrap, admin => admin.createPartitions({ topics: [{ name: topic, count, assignments: null }] }))
  },

  async describeConfigs ({ bootstrap, topic }) {
    const [resource] = await withAdmin(bootstrap, admin => admin.describeConfigs({
      resources: [{ resourceType: ConfigResourceTypes.TOPIC, resourceName: topic }]
    }))
    emit('result', { value: Object.fromEntries(resource.configs.map(config => [config.name, config.value])) })
  },

  async alterConfig ({ bootstrap, topic, name, value }) {
    await withAdmin(bootstrap, admin => admin.incrementalAlterConfigs({
      resources: [{
        resourceType: ConfigResourceTypes.TOPIC,
        resourceName: topic,
        configs: [{ name, value, configOperation: IncrementalAlterConfigOperationTypes.SET }]
      }]
    }))
  },

  async listOffsets ({ bootstrap, topic, partition }) {
    emit('result', {
      value: [
        await offsetsAt(bootstrap, topic, partition, ListOffsetTimestamps.EARLIEST),
        await offsetsAt(bootstrap, topic, partition, ListOffsetTimestamps.LATEST)
      ]
    })
  },

  async deleteRecords ({ bootstrap, topic, partition, offset }) {
    await withAdmin(bootstrap, admin => admin.deleteRecords({ topics: [{ name: topic, partitions: [{ partition, offset: BigInt(offset) }] }] }))
  },

  async listGroups ({ bootstrap }) {
    emit('result', { value: [...(await withAdmin(bootstrap, admin => admin.listGroups())).keys()] })
  },

  async describeGroup ({ bootstrap, group }) {
    const description = (await withAdmin(bootstrap, admin => admin.describeGroups({ groups: [group] }))).get(group)
    emit('result', { value: { state: description.state[0] + description.state.slice(1).toLowerCase(), members: description.members.size } })
  },

  async groupOffsets ({ bootstrap, group, topic }) {
    const [offsets] = await withAdmin(bootstrap, admin => admin.listConsumerGroupOffsets({ groups: [group] }))
    const committed = offsets.topics.filter(({ name }) => name === topic).flatMap(({ partitions }) => partitions)
    emit('result', {
      value: Object.fromEntries(committed.map(({ partitionIndex, committedOffset }) => [partitionIndex, Number(committedOffset)]))
    })
  },

  async deleteGroup ({ bootstrap, group }) {
    await withAdmin(bootstrap, admin => admin.deleteGroups({ groups: [group] }))
  },

  async deleteTopic ({ bootstrap, topic }) {
    await withAdmin(bootstrap, admin => admin.deleteTopics({ topics: [topic] }))
  }
})
