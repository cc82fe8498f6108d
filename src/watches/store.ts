/** Station watches: what rules remember of a customer between two looks: whether an expression was true, and when a date is next. */
import type { Queryable } from "../db/pool.ts";
import { query, sql } from "../db/query.ts";
import { byCustomerKey, customerKeyText, keyColumns, type CustomerKey } from "../model/customer-key.ts";

/** What an expression said last about a customer. */
export type Truth = CustomerKey & {
  readonly rule: string;
  /** A fingerprint of the expression: another one has seen nobody yet. */
  readonly expression: string;
  readonly isTrue: boolean;
  /** How often it became true. */
  readonly times: number;
};

/** When a rule that goes by a date looks at a customer next. */
export type DateWatch = CustomerKey & {
  readonly rule: string;
  /** Names the date: one that moves is another one. */
  readonly fireKey: string;
  readonly fireAtS: number;
  readonly fired: boolean;
};

/** What is remembered of one customer, by the rule's name. */
export type Watched = {
  readonly truths: ReadonlyMap<string, Truth>;
  readonly dates: ReadonlyMap<string, DateWatch>;
};

/** What is remembered of these customers, by `customerKeyText`. */
export async function findWatched(
  db: Queryable,
  customers: readonly CustomerKey[],
): Promise<ReadonlyMap<string, Watched>> {
  const columns = keyColumns(customers);
  const truthText = `select t.account, t.customer_id as "customerId", t.rule, t.expression, t.is_true as "isTrue", t.times
    from rule_truths t join unnest($1::text[], $2::text[]) as k (account, customer_id) using (account, customer_id)`;
  const dateText = `select d.account, d.customer_id as "customerId", d.rule, d.fire_key as "fireKey", d.fire_at_s as "fireAtS", d.fired
    from rule_dates d join unnest($1::text[], $2::text[]) as k (account, customer_id) using (account, customer_id)`;
  const truths = await query<Truth>(db, sql.prepared("find_rule_truths", truthText, columns));
  const dates = await query<DateWatch>(db, sql.prepared("find_rule_dates", dateText, columns));
  return new Map(
    customers.map((customer) => {
      const key = customerKeyText(customer);
      const own = <T extends CustomerKey & { readonly rule: string }>(rows: readonly T[]): ReadonlyMap<string, T> =>
        new Map(rows.filter((row) => customerKeyText(row) === key).map((row) => [row.rule, row]));
      return [key, { truths: own(truths), dates: own(dates) }];
    }),
  );
}

function inOrder<T extends CustomerKey & { readonly rule: string }>(rows: readonly T[]): readonly T[] {
  return rows.toSorted((a, b) => byCustomerKey(a, b) || (a.rule < b.rule ? -1 : a.rule > b.rule ? 1 : 0));
}

/** Remembers what expressions say now. */
export async function saveTruths(db: Queryable, truths: readonly Truth[]): Promise<void> {
  if (truths.length === 0) return;
  const rows = inOrder(truths);
  const text = `insert into rule_truths (account, customer_id, rule, expression, is_true, times)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::int[])
    on conflict (account, customer_id, rule) do update
    set expression = excluded.expression, is_true = excluded.is_true, times = excluded.times`;
  const values = [
    ...keyColumns(rows),
    rows.map(({ rule }) => rule),
    rows.map(({ expression }) => expression),
    rows.map(({ isTrue }) => isTrue),
    rows.map(({ times }) => times),
  ];
  await query(db, sql.prepared("save_rule_truths", text, values));
}

/** Remembers dates. One that has fired stays so while its key is the same. */
export async function saveDates(db: Queryable, dates: readonly DateWatch[]): Promise<void> {
  if (dates.length === 0) return;
  const rows = inOrder(dates);
  const text = `insert into rule_dates as d (account, customer_id, rule, fire_key, fire_at_s, fired)
    select * from unnest($1::text[], $2::text[], $3::text[], $4::text[], $5::bigint[], $6::boolean[])
    on conflict (account, customer_id, rule) do update set fire_key = excluded.fire_key, fire_at_s = excluded.fire_at_s,
      fired = excluded.fired or (d.fired and d.fire_key = excluded.fire_key)`;
  const values = [
    ...keyColumns(rows),
    rows.map(({ rule }) => rule),
    rows.map(({ fireKey }) => fireKey),
    rows.map(({ fireAtS }) => fireAtS),
    rows.map(({ fired }) => fired),
  ];
  await query(db, sql.prepared("save_rule_dates", text, values));
}

/** Dates that there are no more. */
export async function dropDates(
  db: Queryable,
  dates: readonly (CustomerKey & { readonly rule: string })[],
): Promise<void> {
  if (dates.length === 0) return;
  const text = `delete from rule_dates d using unnest($1::text[], $2::text[], $3::text[]) as g (account, customer_id, rule)
    where d.account = g.account and d.customer_id = g.customer_id and d.rule = g.rule`;
  await query(db, sql.prepared("drop_rule_dates", text, [...keyColumns(dates), dates.map(({ rule }) => rule)]));
}

const dateColumns = `d.account, d.customer_id as "customerId", d.rule, d.fire_key as "fireKey", d.fire_at_s as "fireAtS", d.fired`;

/** Dates that have come and were not taken, the earliest first. */
export function listDueDates(db: Queryable, nowS: number, limit: number): Promise<readonly DateWatch[]> {
  const text = `select ${dateColumns} from rule_dates d where not fired and fire_at_s <= $1 order by fire_at_s limit $2`;
  return query<DateWatch>(db, sql.prepared("list_due_rule_dates", text, [nowS, limit]));
}

/** Takes dates inside the caller's transaction, and answers those that nobody has taken or moved meanwhile. */
export async function takeDates(db: Queryable, dates: readonly DateWatch[]): Promise<readonly DateWatch[]> {
  const rows = inOrder(dates);
  const text = `with wanted as (
      select d.account, d.customer_id, d.rule from rule_dates d
      join unnest($1::text[], $2::text[], $3::text[], $4::text[]) as g (account, customer_id, rule, fire_key)
        using (account, customer_id, rule, fire_key)
      where not d.fired order by d.account, d.customer_id, d.rule for update of d
    )
    update rule_dates d set fired = true from wanted w
    where d.account = w.account and d.customer_id = w.customer_id and d.rule = w.rule returning ${dateColumns}`;
  const values = [...keyColumns(rows), rows.map(({ rule }) => rule), rows.map(({ fireKey }) => fireKey)];
  return query<DateWatch>(db, sql.prepared("take_rule_dates", text, values));
}

/** Forgets what was remembered for rules that are gone. */
export async function forgetRules(db: Queryable, kept: readonly string[]): Promise<void> {
  await query(db, sql.plain("delete from rule_truths where rule <> all($1)", [kept]));
  await query(db, sql.plain("delete from rule_dates where rule <> all($1)", [kept]));
}
