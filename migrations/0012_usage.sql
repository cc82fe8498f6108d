-- Usage: what was pushed, which customers have meters to be read, and the thresholds that were crossed.
-- The readings themselves are copies in stripe_objects, kind usage.

create table usage_entries (
  account text not null,
  -- The caller's own; the same id counts once.
  id text not null,
  -- Of the whole entry: tells whether the id is used for something else.
  fingerprint text not null,
  customer_id text not null,
  meter text not null,
  kept_at timestamptz not null default now(),
  primary key (account, id)
);
-- For removing old ones; they come in the order of time, so that the smallest kind of index is enough.
create index usage_entries_age on usage_entries using brin (kept_at);

-- Customers with metered items, or with pushed usage whose period will end.
create table usage_watch (
  account text not null,
  customer_id text not null,
  -- When the schedule looks at them next.
  due_at timestamptz not null default now(),
  -- When Stripe was last asked; null before.
  asked_at timestamptz,
  primary key (account, customer_id)
);
create index usage_watch_due on usage_watch (account, due_at);

create table usage_crossings (
  id bigint generated always as identity unique,
  account text not null,
  customer_id text not null,
  meter text not null,
  period_start_s bigint not null,
  period_end_s bigint not null,
  threshold numeric not null,
  direction text not null check (direction in ('rising', 'falling')),
  -- The instant of the reading that showed it.
  at_s bigint not null,
  value text not null,
  limit_amount text,
  kept_at timestamptz not null default now(),
  primary key (account, customer_id, meter, period_start_s, threshold, direction)
);
