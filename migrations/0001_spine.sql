-- The spine: what Stripe told us, the newest copy of each object, what Intercom shows, and what must happen next.

-- Joined accounts. Credentials are AES-256-GCM ciphertext; the key is not in the database.
create table connections (
  vendor text primary key check (vendor in ('stripe', 'intercom')),
  account_id text,
  label text not null default '',
  livemode boolean,
  credentials bytea,
  -- Facts found at setup: webhook endpoint, attribute preset, region …
  details jsonb not null default '{}',
  paused_code text,
  paused_reason text,
  paused_at timestamptz,
  updated_at timestamptz not null default now()
);

-- Small facts about this installation: token hashes, chosen preset, where a backfill stands.
create table settings (
  name text primary key,
  value jsonb not null,
  updated_at timestamptz not null default now()
);

-- The inbox: every event, once, as it was signed.
create table stripe_events (
  account text not null,
  id text not null,
  type text not null,
  created_s bigint not null,
  object_id text,
  customer_id text,
  -- applied | unchanged | skipped | waiting (must look at Stripe first) | dead
  state text not null,
  -- What it changed, as [[field, before, after], …]
  changes text,
  attempt int not null default 0,
  due_at timestamptz,
  error_code text,
  error_message text,
  body bytea not null,
  received_at timestamptz not null default now(),
  primary key (account, id)
);
alter table stripe_events alter column body set storage external;
create index stripe_events_waiting on stripe_events (account, due_at) where state = 'waiting';
create index stripe_events_dead on stripe_events (account, received_at) where state = 'dead';
create index stripe_events_recent on stripe_events (account, received_at);

-- The newest known copy of each Stripe object: the facts we use, not a mirror.
create table stripe_objects (
  account text not null,
  id text not null,
  kind text not null,
  customer_id text,
  -- The second of the event that this copy comes from; for origin read, of Stripe's answer.
  as_of_s bigint not null,
  -- Counts up with every change; a writer must name the revision it read.
  rev int not null,
  event_id text,
  -- Other events of that second about this object, for putting them in order.
  second_events text[],
  -- event | fetch (read because of an event) | read (backfill, filled gap)
  origin text not null,
  deleted boolean not null default false,
  facts text not null,
  primary key (account, id)
) with (fillfactor = 85);
create index stripe_objects_customer on stripe_objects (account, customer_id) where customer_id is not null;
create index stripe_objects_customers on stripe_objects (account, id) where kind = 'customer' and not deleted;

-- The outbox: one row per customer whose contact may have to be written.
create table sync_jobs (
  account text not null,
  customer_id text not null,
  -- 0 urgent, 1 calm, 2 backfill
  lane smallint not null,
  -- pending | dead
  state text not null default 'pending',
  version bigint not null default 1,
  claimed_version bigint not null default 0,
  attempt int not null default 0,
  -- When the first change that is still unwritten was stored.
  queued_at timestamptz not null default now(),
  due_at timestamptz not null,
  leased_by text,
  leased_until timestamptz,
  events int not null default 0,
  error_code text,
  error_message text,
  primary key (account, customer_id)
) with (fillfactor = 60);
create index sync_jobs_due on sync_jobs (lane, due_at) where state = 'pending';
create index sync_jobs_dead on sync_jobs (account) where state = 'dead';

-- Who a customer is in Intercom, and what Intercom last accepted for that contact.
create table identities (
  account text not null,
  customer_id text not null,
  -- linked | left_out | quarantined | archived | gone
  state text not null,
  reason text,
  contact_id text,
  -- user_id | email | created | conflict | merged
  matched_by text,
  -- What the decision rested on; while it is the same there is nothing to look up again.
  inputs text not null,
  known text,
  checked_at timestamptz not null default now(),
  primary key (account, customer_id)
) with (fillfactor = 70);
create unique index identities_contact on identities (account, contact_id) where contact_id is not null;
create index identities_state on identities (account, state, reason);

-- Every write to a contact: what went from what to what.
create table contact_writes (
  id bigint generated always as identity primary key,
  account text not null,
  customer_id text not null,
  contact_id text not null,
  kind text not null,
  lane smallint not null,
  changes text not null,
  request_id text,
  lag_ms int,
  at timestamptz not null default now()
);
create index contact_writes_customer on contact_writes (account, customer_id, id);

-- Nodes that said lately that they are alive, and the names under which they lock slow jobs.
create table nodes (
  id text primary key,
  workers text[] not null,
  seen_at timestamptz not null
);

-- Totals since the first start, added up by every node every few seconds.
create table tallies (
  name text primary key,
  value bigint not null
);

-- Ends the statement that calls it when an object was changed by someone else since it was read.
create function expect_count(actual bigint, expected bigint) returns boolean language plpgsql as $$
begin
  if actual <> expected then
    raise exception 'expected % rows, wrote %', expected, actual using errcode = '40001';
  end if;
  return true;
end $$;
