import type { Clock } from '../../runtime/index.ts'
import type { Channel } from './channel.ts'
import { createEmail } from './email.ts'
import { createSlack } from './slack.ts'
import { createWebhook } from './webhook.ts'

export { type Channel, whyNotSent } from './channel.ts'

export interface ChannelSettings {
  readonly smtpUrl: string | undefined
  readonly emailFrom: string | undefined
  readonly emailTo: readonly string[]
  readonly slackUrl: string | undefined
  readonly webhookUrl: string | undefined
  readonly webhookSecret: string | undefined
}

/** The channels that are configured, in the order in which people are told of them. */
export function createChannels(settings: ChannelSettings, clock: Clock): readonly Channel[] {
  const { smtpUrl, emailFrom, emailTo, slackUrl, webhookUrl, webhookSecret } = settings
  return [
    ...(smtpUrl && emailFrom && emailTo.length > 0 ? [createEmail({ smtpUrl, from: emailFrom, to: emailTo })] : []),
    ...(slackUrl ? [createSlack(slackUrl)] : []),
    ...(webhookUrl && webhookSecret ? [createWebhook({ url: webhookUrl, secret: webhookSecret, clock })] : []),
  ]
}
