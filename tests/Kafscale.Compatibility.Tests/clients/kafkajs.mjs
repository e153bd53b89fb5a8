import { randomUUID } from 'node:crypto'
import kafkajs from 'kafkajs'
import { bytes, drive, emit, emitRecord, Ends, terminated } from './driver.mjs'

const { AssignerProtocol, CompressionTypes, ConfigResourceTypes, Kafka, Partitioners } = kafkajs

const chunk = 5000

function connect (bootstrap) {
  const logCreator = () => ({ log }) => process.stderr.write(`${log.message} ${log.error ?? ''}\n`)
  return new Kafka({ brokers: [bootstrap], logCreator })
}

async function withAdmin (bootstrap, use) {
  const admin = connect(bootstrap).admin()
  await admin.connect()
  try {
    return await use(admin)
  } finally {
    await admin.disconnect()
  }
}

function emitMessage (partition, message) {
  const headers = Object.entries(message.headers ?? {})
    .flatMap(([name, values]) => (Array.isArray(values) ? values : [values]).map(value => [name, value]))
  emitRecord({ partition, ...message, headers })
}

function headersOf (pairs) {
  const headers = {}
  for (const [name, value] of pairs) {
    (headers[name] ??= []).push(bytes(value))
  }
  return headers
}

async function follow (consumer, topic, fromBeginning, onJoin) {
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => onJoin(payload.memberAssignment[topic] ?? []))
  consumer.on(consumer.events.REBALANCING, () => emit('assigned', { partitions: [] }))
  consumer.on(consumer.events.CRASH, ({ payload }) => emit('error', { message: String(payload.error) }))
  await consumer.connect()
  await consumer.subscribe({ topics: [topic], fromBeginning })
  await consumer.run({ eachMessage: async ({ partition, message }) => emitMessage(partition, message) })
  await terminated
  await consumer.disconnect()
}

// The name that members of other languages know, too: kafkajs's own assigner has a name that only kafkajs knows.
const rangeAssigner = ({ cluster }) => ({
  name: 'range',
  version: 0,
  async assign ({ members, topics }) {
    const sorted = members.map(({ memberId }) => memberId).sort()
    const assignment = Object.fromEntries(sorted.map(memberId => [memberId, {}]))
    for (const topic of topics) {
      const partitions = cluster.findTopicPartitionMetadata(topic).map(({ partitionId }) => partitionId).sort((a, b) => a - b)
      partitions.forEach((partition, i) => {
        const ofMember = assignment[sorted[Math.floor(i * sorted.length / partitions.length)]]
        ofMember[topic] = [...(ofMember[topic] ?? []), partition]
      })
    }
    return sorted.map(memberId => ({
      memberId,
      memberAssignment: AssignerProtocol.MemberAssignment.encode({ version: 0, assignment: assignment[memberId], userData: Buffer.alloc(0) })
    }))
  },
  protocol ({ topics }) {
    return { name: this.name, metadata: AssignerProtocol.MemberMetadata.encode({ version: this.version, topics, userData: Buffer.alloc(0) }) }
  }
})

await drive({
  async produce ({ bootstrap, topic, compression, idempotent, records }) {
    const producer = connect(bootstrap).producer({
      createPartitioner: Partitioners.DefaultPartitioner,
      ...(idempotent ? { idempotent: true } : {})
    })
    await producer.connect()
    for (let start = 0; start < records.length; start += chunk) {
      await producer.send({
        topic,
        ...(compression ? { compression: CompressionTypes[compression.toUpperCase()] } : {}),
        messages: records.slice(start, start + chunk).map(({ p, k, v, h, t }) => ({
          key: bytes(k),
          value: bytes(v),
          headers: headersOf(h),
          ...(p >= 0 ? { partition: p } : {}),
          ...(t ? { timestamp: String(t) } : {})
        }))
      })
    }
    await producer.disconnect()
  },

  async read ({ bootstrap, topic, timestamp, ends }) {
    const starts = {}
    if (timestamp !== null) {
      await withAdmin(bootstrap, async admin => {
        for (const { partition, offset } of await admin.fetchTopicOffsetsByTimestamp(topic, timestamp)) {
          starts[partition] = Number(offset)
        }
      })
    }

    const left = new Ends(ends, starts)
    const consumer = connect(bootstrap).consumer({ groupId: `read-${randomUUID()}` })
    await consumer.connect()
    await consumer.subscribe({ topics: [topic], fromBeginning: true })
    await consumer.run({
      eachMessage: async ({ partition, message }) => {
        if (left.isOpen(partition)) {
          emitMessage(partition, message)
          left.passed(partition, message.offset)
        }
      }
    })
    for (const [partition, offset] of Object.entries(starts)) {
      consumer.seek({ topic, partition: Number(partition), offset: String(offset) })
    }
    await left.reached
    await consumer.disconnect()
  },

  async tail ({ bootstrap, topic }) {
    const consumer = connect(bootstrap).consumer({ groupId: `tail-${randomUUID()}` })
    consumer.on(consumer.events.FETCH, () => emit('ready'))
    await follow(consumer, topic, false, () => {})
  },

  async member ({ bootstrap, group, topic }) {
    const consumer = connect(bootstrap).consumer({ groupId: group })
    await follow(consumer, topic, true, partitions => emit('assigned', { partitions }))
  },

  async mixedMember ({ bootstrap, group, topic }) {
    const consumer = connect(bootstrap).consumer({
      groupId: group,
      partitionAssigners: [rangeAssigner],
      sessionTimeout: 6000,
      heartbeatInterval: 300
    })
    await follow(consumer, topic, true, partitions => emit('assigned', { partitions }))
  },

  async transaction ({ bootstrap, topic }) {
    const producer = connect(bootstrap).producer({
      transactionalId: 'transaction',
      maxInFlightRequests: 1,
      idempotent: true,
      createPartitioner: Partitioners.DefaultPartitioner
    })
    await producer.connect()
    const transaction = await producer.transaction()
    await transaction.send({ topic, messages: [{ value: '1' }] })
    await transaction.commit()
  },

  async createTopic ({ bootstrap, topic, partitions, configs }) {
    const configEntries = Object.entries(configs).map(([name, value]) => ({ name, value }))
    const isCreated = await withAdmin(bootstrap, admin => admin.createTopics({ topics: [{ topic, numPartitions: partitions, configEntries }] }))
    if (!isCreated) {
      throw new Error('kafkajs says by its result that the topic exists.')
    }
  },

  async listTopics ({ bootstrap }) {
    emit('result', { value: await withAdmin(bootstrap, admin => admin.listTopics()) })
  },

  async describeTopic ({ bootstrap, topic }) {
    const { topics } = await withAdmin(bootstrap, admin => admin.fetchTopicMetadata({ topics: [topic] }))
    emit('result', { value: topics[0].partitions.length })
  },

  async createPartitions ({ bootstrap, topic, count }) {
    await withAdmin(bootstrap, admin => admin.createPartitions({ topicPartitions: [{ topic, count }] }))
  },

  async describeConfigs ({ bootstrap, topic }) {
    const { resources } = await withAdmin(bootstrap, admin => admin.describeConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic }]
    }))
    emit('result', { value: Object.fromEntries(resources[0].configEntries.map(entry => [entry.configName, entry.configValue])) })
  },

  async alterConfig ({ bootstrap, topic, name, value }) {
    await withAdmin(bootstrap, admin => admin.alterConfigs({
      resources: [{ type: ConfigResourceTypes.TOPIC, name: topic, configEntries: [{ name, value }] }]
    }))
  },

  async listOffsets ({ bootstrap, topic, partition }) {
    const offsets = await withAdmin(bootstrap, admin => admin.fetchTopicOffsets(topic))
    const { low, high } = offsets.find(offset => offset.partition === partition)
    emit('result', { value: [Number(low), Number(high)] })
  },

  async deleteRecords ({ bootstrap, topic, partition, offset }) {
    await withAdmin(bootstrap, async admin => {
      // Without metadata that an earlier call has loaded, kafkajs refuses to look for the leader.
      await admin.fetchTopicOffsets(topic)
      await admin.deleteTopicRecords({ topic, partitions: [{ partition, offset: String(offset) }] })
    })
  },

  async listGroups ({ bootstrap }) {
    const { groups } = await withAdmin(bootstrap, admin => admin.listGroups())
    emit('result', { value: groups.map(group => group.groupId) })
  },

  async describeGroup ({ bootstrap, group }) {
    const { groups } = await withAdmin(bootstrap, admin => admin.describeGroups([group]))
    emit('result', { value: { state: groups[0].state, members: groups[0].members.length } })
  },

  async groupOffsets ({ bootstrap, group, topic }) {
    const topics = await withAdmin(bootstrap, admin => admin.fetchOffsets({ groupId: group, topics: [topic] }))
    const committed = topics[0].partitions.filter(({ offset }) => offset !== '-1')
    emit('result', { value: Object.fromEntries(committed.map(({ partition, offset }) => [partition, Number(offset)])) })
  },

  async deleteGroup ({ bootstrap, group }) {
    await withAdmin(bootstrap, admin => admin.deleteGroups([group]))
  },

  async deleteTopic ({ bootstrap, topic }) {
    await withAdmin(bootstrap, admin => admin.deleteTopics({ topics: [topic] }))
  }
})
