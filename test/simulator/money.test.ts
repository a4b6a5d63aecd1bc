import t from 'tap'
import { amount } from './json.ts'
import { amountOf, quantityOf, rescale, unitsOf } from './money.ts'

t.test('amounts are read exactly, whatever form they have', async (t) => {
  t.equal(unitsOf(amount('149.970')), 1_499_700n)
  t.equal(unitsOf(0.1), 1000n)
  t.equal(unitsOf('-2.00005'), -20_001n, 'half up, away from zero')
  t.equal(unitsOf(1e-7, 18), 100_000_000_000n)
  t.equal(unitsOf(amount('0.000763358778626'), 18), 763_358_778_626_000n)
  for (const nothing of ['', 'text', null, undefined, [], {}]) t.equal(unitsOf(nothing), 0n)
})

t.test('amounts are written with the digits of their currency, nothing as 0', async (t) => {
  const text = (units: bigint, precision: number) => JSON.stringify(amountOf(units, precision))
  t.equal(text(60_000n, 2), '6.00')
  t.equal(text(-500n, 2), '-0.05')
  t.equal(text(12_500_000n, 0), '1250')
  t.equal(text(49n, 2), '0')
  t.equal(text(50n, 2), '0.01')
  t.equal(rescale(-15n, 1, 0), -2n)
  t.equal(JSON.stringify(quantityOf(25_000n)), '2.5')
  t.equal(JSON.stringify(quantityOf(-200_000n)), '-20')
})
