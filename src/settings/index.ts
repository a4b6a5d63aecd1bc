export {
  type ChangeOfSetting,
  createSettings,
  listGroup,
  type Setting,
  type SettingGroup,
  type Settings,
  setInGroup,
  wordsOfIssues,
} from './settings.ts'
