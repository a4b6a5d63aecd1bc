import { type ChangeOfSetting, listGroup, type Setting, type SettingGroup, setInGroup } from '../../settings/index.ts'
import { type Acceptance, accept, unaccept } from './accept.ts'
import {
  countFindings,
  type FindingFilter,
  type FindingPage,
  getFinding,
  getValidation,
  lastValidation,
  listFindings,
  type RuleCount,
  type StoredFinding,
  type ValidationState,
} from './list.ts'
import { createLooks, type Looks } from './looks.ts'
import { rulesFor } from './rules/index.ts'
import { ruleSettingGroup } from './settings.ts'
import type { FindingsDeps, Rule } from './types.ts'
import { beginValidation, refuseUnknown, type ValidateRequest, type Validation, validate } from './validate.ts'

export interface Findings extends Looks {
  readonly rules: readonly Pick<Rule, 'code' | 'severity' | 'says'>[]
  /** Asks the rules of our own rows, without a call. @throws TdsError `FINDING_RULE_UNKNOWN` */
  validate(request: ValidateRequest): Promise<Validation>
  /** How one stands. @throws TdsError `VALIDATION_NOT_FOUND` */
  validation(id: number): Promise<ValidationState>
  list(filter: FindingFilter & { readonly limit: number; readonly after?: number | undefined }): Promise<FindingPage>
  counts(): Promise<readonly RuleCount[]>
  /** When all rules were last asked. */
  last(): ReturnType<typeof lastValidation>
  /** @throws TdsError `FINDING_NOT_FOUND` */
  get(id: number): Promise<StoredFinding>
  /** @throws TdsError `FINDING_NOT_FOUND` `FINDING_NOT_OPEN` `FINDING_UNTIL_PAST` */
  accept(id: number, acceptance: Acceptance): Promise<StoredFinding>
  /** @throws TdsError `FINDING_NOT_FOUND` `FINDING_NOT_ACCEPTED` */
  unaccept(id: number, author: Pick<Acceptance, 'reason' | 'actor' | 'requestId'>): Promise<StoredFinding>
  settings: {
    list(): Promise<readonly Setting[]>
    /** @throws TdsError `FINDING_SETTING_UNKNOWN` `FINDING_SETTING_INVALID` */
    set(name: string, change: ChangeOfSetting): Promise<Setting>
    readonly group: SettingGroup
  }
}

/** What must hold within the mirror, and what does not: kept from one look to the next. */
export function createFindings(deps: FindingsDeps): Findings {
  const { db } = deps
  const rules = rulesFor(deps.entities)
  const group = ruleSettingGroup(rules.map(({ code }) => code))
  const looks = createLooks({ clock: deps.clock, begin: (request) => beginValidation(deps, rules, request) })
  return {
    rules: rules.map(({ code, severity, says }) => ({ code, severity, says })),
    validate: (request) => validate(deps, rules, request),
    async look(request, withinMs) {
      refuseUnknown(rules, request.rules)
      return looks.look(request, withinMs)
    },
    close: () => looks.close(),
    validation: (id) => getValidation(db, id),
    list: (filter) => listFindings(db, filter),
    counts: () => countFindings(db),
    last: () => lastValidation(db),
    get: (id) => getFinding(db, id),
    accept: (id, acceptance) => accept(db, id, acceptance),
    unaccept: (id, author) => unaccept(db, id, author),
    settings: {
      list: () => listGroup(db, group),
      set: (name, change) => setInGroup(db, group, name, change),
      group,
    },
  }
}
