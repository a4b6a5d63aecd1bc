export { keptGroup } from './kept-settings.ts'
export { createScheduler, type Scheduler, type SchedulerDeps } from './scheduler.ts'
export {
  createSchedules,
  type Requested,
  type Schedule,
  type ScheduleChange,
  type Schedules,
  type SchedulesDeps,
} from './schedules.ts'
export type { Task, TimetableLine } from './timetable.ts'
