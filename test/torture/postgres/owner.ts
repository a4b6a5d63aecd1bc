import pg from 'pg'

/** The role TDS connects as: it owns the database and is no superuser, as in production; limits on connections bind it. */
export const ownerRole = 'tds_owner'
const password = 'only-on-the-loopback'

/** Hands a database over to the role. @param server maintenance URL of a superuser @returns the database's URL for the role */
export async function handOver(server: string, database: string): Promise<string> {
  const name = pg.escapeIdentifier(new URL(database).pathname.slice(1))
  await ask(
    server,
    `do $$ begin
       if not exists (select from pg_roles where rolname = '${ownerRole}') then
         create role ${ownerRole} login password '${password}';
       end if;
     end $$`,
  )
  // Who waits longer than this for a lock looks for a deadlock, and is the one that gives way.
  await ask(server, `alter role ${ownerRole} set deadlock_timeout = '700ms'`)
  await ask(server, `alter database ${name} owner to ${ownerRole}`)
  await ask(database, everythingInside)
  return Object.assign(new URL(database), { username: ownerRole, password }).href
}

const everythingInside = `
do $$
declare
  each text;
begin
  execute 'alter schema public owner to ${ownerRole}';
  for each in select format('%I', relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p', 'v') and not relispartition
  loop execute format('alter table public.%s owner to ${ownerRole}', each); end loop;
  for each in select format('%I', relname) from pg_class
    where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and relispartition
  loop execute format('alter table public.%s owner to ${ownerRole}', each); end loop;
  for each in select oid::regprocedure from pg_proc where pronamespace = 'public'::regnamespace
  loop execute format('alter function %s owner to ${ownerRole}', each); end loop;
end $$`

/** One statement in a session of its own. */
export async function ask<R extends pg.QueryResultRow = Record<string, unknown>>(
  url: string,
  text: string,
  values: readonly unknown[] = [],
): Promise<R[]> {
  return inSession(url, async (client) => (await client.query<R>(text, [...values])).rows)
}

/** A session that ends with the work. */
export async function inSession<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({
    connectionString: url,
    connectionTimeoutMillis: 10_000,
    application_name: 'adversary',
  })
  // The server may be taken away from under it: whoever waits for a query is told by the query.
  client.on('error', () => {})
  await client.connect()
  try {
    return await work(client)
  } finally {
    await client.end().catch(() => {})
  }
}
