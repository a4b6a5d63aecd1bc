import t from 'tap'
import { halfOfFifty } from './fifty.ts'

t.test('histories of edits, losses, races and deaths end equal to Zoho: the second half', { timeout: 280_000 }, (t) =>
  halfOfFifty(t, 1),
)
