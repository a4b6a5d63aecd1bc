import t from 'tap'
import { inShort } from './short.ts'
import { soak } from './soak.ts'

t.test(soak.about, { timeout: 240_000 }, (t) => inShort(t, soak))
