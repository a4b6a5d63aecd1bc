import { type Logger, pino, stdTimeFunctions } from 'pino'

export type { Logger } from 'pino'

export interface LogOptions {
  readonly level: string
  /** People read a terminal, machines read lines. */
  readonly pretty: boolean
}

/** One JSON line an event on stdout; secrets are removed here, whatever the caller passes. */
export function createLog({ level, pretty }: LogOptions): Logger {
  return pino({
    level,
    base: { service: 'tds' },
    timestamp: stdTimeFunctions.isoTime,
    redact: { paths: secretPaths, censor: '[secret]' },
    ...(pretty && {
      transport: { target: 'pino-pretty', options: { ignore: 'pid,hostname,service', translateTime: 'HH:MM:ss.l' } },
    }),
  })
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
