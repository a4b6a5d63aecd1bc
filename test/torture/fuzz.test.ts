import t from 'tap'
import { fuzz } from './fuzz.ts'
import { inShort } from './short.ts'

t.test(fuzz.about, { timeout: 240_000 }, (t) => inShort(t, fuzz))
