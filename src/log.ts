import { type Logger, type LoggerOptions, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level: string
  /** People read a terminal, machines read lines. */
  readonly pretty: boolean
  /** Commands keep stdout for their answer. @default 'stdout' */
  readonly stream?: 'stdout' | 'stderr'
}

/** One JSON line an event; secrets are removed here, whatever the caller passes. */
export function createLog({ level, pretty, stream = 'stdout' }: LogOptions): Logger {
  const destination = stream === 'stdout' ? 1 : 2
  const options: LoggerOptions = {
    level,
    base: { service: 'tds' },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: secretPaths, censor: '[secret]' },
  }
  if (!pretty) return pino(options, pino.destination({ dest: destination, sync: true }))
  const prettyOptions = { destination, ignore: 'pid,hostname,service', translateTime: 'HH:MM:ss.l' }
  return pino({ ...options, transport: { target: 'pino-pretty', options: prettyOptions } })
}

const secretPaths = [
  'authorization',
  'headers.authorization',
  'req.headers.authorization',
  'req.headers.cookie',
  'req.headers["x-webhook-key"]',
  'req.headers["x-zoho-webhook-signature"]',
  'accessToken',
  'refreshToken',
  'clientSecret',
  'adminKey',
  'webhookSecret',
  'webhookKey',
]
