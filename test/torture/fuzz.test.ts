import nock from 'nock'
import t from 'tap'
import { fuzz } from './fuzz.ts'
import { inShort } from './short.ts'

// It watches every socket and trips over bytes that are no HTTP; what runs here calls nobody but this machine.
nock.restore()

t.test(fuzz.about, { timeout: 240_000 }, (t) => inShort(t, fuzz))
