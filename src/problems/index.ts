export { type Entry, problemOf, type Topic, topics } from './catalogue.ts'
export { renderErrorDocs } from './docs.ts'
export { problemIndexPage, problemPage, problemPagePolicy } from './page.ts'
