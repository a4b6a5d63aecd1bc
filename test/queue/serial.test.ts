import t from 'tap'
import { TdsError } from '../../src/errors.ts'
import { inSerialOrder } from '../../src/queue/index.ts'

const slipped = () => new TdsError('QUEUE_ROW_SLIPPED', 'transient', 'made by others')

t.test('a transaction that loses many races in a flood is tried until it wins', async (t) => {
  let tries = 0
  const done = await inSerialOrder(async () => {
    tries += 1
    if (tries < 7) throw slipped()
    return 'done'
  })
  t.equal(done, 'done')
  t.equal(tries, 7)
})

t.test('one that always loses says so in the end, any other failure at once', async (t) => {
  let tries = 0
  const losing = async () => {
    tries += 1
    throw slipped()
  }
  await t.rejects(inSerialOrder(losing), { code: 'QUEUE_ROW_SLIPPED' })
  t.equal(tries, 8)
  await t.rejects(
    inSerialOrder(() => {
      tries += 1
      throw new TdsError('ANOTHER', 'permanent', 'no')
    }),
    { code: 'ANOTHER' },
  )
  t.equal(tries, 9)
})
