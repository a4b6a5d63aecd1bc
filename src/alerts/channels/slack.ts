import type { Notice } from '../notice.ts'
import { subjectOf, textOf } from '../words.ts'
import type { Channel } from './channel.ts'
import { post } from './post.ts'

/** Discord refuses longer ones. */
const longest = 1900

/** An incoming webhook of Slack, of Discord (its own form or `/slack`), or of what understands Slack's. */
export function createSlack(url: string): Channel {
  return {
    name: 'slack',
    send: (notice, { signal }) =>
      post(url, {
        signal,
        body: JSON.stringify(bodyFor(url, notice)),
        headers: { 'content-type': 'application/json' },
      }),
  }
}

/** In the words of the one behind the address. */
export const bodyFor = (url: string, notice: Notice): object =>
  isDiscord(url) ? discordBody(notice) : slackBody(notice)

function isDiscord(url: string): boolean {
  const { hostname, pathname } = new URL(url)
  return /(^|\.)discord(app)?\.com$/.test(hostname) && !pathname.endsWith('/slack')
}

const text = (notice: Notice): string => `*${subjectOf(notice)}*\n${textOf(notice)}`.slice(0, longest)

/** Slack reads & < > as its own markup: names of records must not call people or draw links. */
const slackBody = (notice: Notice) => ({
  text: text(notice).replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;'),
})

const discordBody = (notice: Notice) => ({ content: text(notice), allowed_mentions: { parse: [] } })
