import nock from 'nock'

/** Loaded before every test file: nothing but this machine is reachable, so a test that would call out fails instead. */
nock.disableNetConnect()
nock.enableNetConnect(/^(127\.0\.0\.1|localhost|\[::1\])(:\d+)?$/)
