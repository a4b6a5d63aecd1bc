import t from 'tap'
import { flood } from './flood.ts'
import { inShort } from './short.ts'

t.test(flood.about, { timeout: 240_000 }, (t) => inShort(t, flood))
