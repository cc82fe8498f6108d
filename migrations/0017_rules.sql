-- Rules: runs, their steps, and what else has to be remembered so that each reason is acted on once.

-- One customer's way through one rule. Instants of rules are unix seconds by the clock that they go by.
create table rule_runs (
  id bigint generated always as identity primary key,
  rule text not null,
  -- The version of the rules that it goes by.
  version int not null,
  mode text not null check (mode in ('shadow', 'live')),
  account text not null,
  -- At first whoever the trigger is about, then the leader of the person.
  customer_id text not null,
  -- The same reason has the same key.
  trigger_key text not null,
  trigger text not null,
  -- matched: to be judged · running · ended
  state text not null default 'matched' check (state in ('matched', 'running', 'ended')),
  -- What it happens once for.
  once_key text,
  -- treated | holdout | not_yet
  arm text,
  -- The invoice that it speaks about, for rules of which only one may speak.
  invoice_id text,
  -- What the run knows of itself.
  run text,
  wake_at_s bigint not null default 0,
  -- Why a person ends it; it ends when it is looked at next, which takes back what it has set.
  cancel_why text,
  -- none | wanted | approved | rejected
  approval text not null default 'none',
  draft text,
  -- declined | held_out | finished | stopped | over | cancelled | failed
  ended_how text,
  ended_why text,
  matched_s bigint not null,
  started_s bigint,
  ended_s bigint,
  unique (rule, account, customer_id, trigger_key)
) with (fillfactor = 70);

create unique index rule_runs_once on rule_runs (rule, account, customer_id, once_key) where once_key is not null;
create index rule_runs_customer on rule_runs (account, customer_id, id);
create index rule_runs_listed on rule_runs (rule, id);
create index rule_runs_invoice on rule_runs (account, customer_id, invoice_id) where invoice_id is not null;
create index rule_runs_open on rule_runs (rule, state) where state <> 'ended';
create index rule_runs_approval on rule_runs (id) where approval = 'wanted';
create index rule_runs_started on rule_runs (rule, started_s) where started_s is not null;

-- Whoever has open runs, and when they are to be looked at; all runs of a person are advanced together.
create table rule_turns (
  account text not null,
  customer_id text not null,
  wake_at_s bigint not null,
  -- Counts the reasons to look; what comes in during a look is not lost.
  version bigint not null default 1,
  attempt int not null default 0,
  leased_by text,
  leased_until timestamptz,
  primary key (account, customer_id)
) with (fillfactor = 70);

create index rule_turns_due on rule_turns (wake_at_s);

-- The result of each instruction of each run; jumps only lead forward, so none is done twice.
create table rule_steps (
  run_id bigint not null references rule_runs (id) on delete cascade,
  at int not null,
  path text not null,
  kind text not null,
  result text not null check (result in ('done', 'skipped', 'waits', 'failed')),
  detail text,
  -- Of messages: what caps count.
  channel text,
  account text not null,
  customer_id text not null,
  at_s bigint not null,
  primary key (run_id, at, kind)
);

create index rule_steps_messages on rule_steps (account, customer_id, at_s) where channel is not null;

-- What rules have set on contacts, beside the mapping. A null value was taken back, and is being taken out of Intercom.
create table rule_attributes (
  account text not null,
  customer_id text not null,
  name text not null,
  value text not null,
  rule text not null,
  run_id bigint not null,
  set_s bigint not null,
  primary key (account, customer_id, name)
);

create index rule_attributes_rule on rule_attributes (rule);

-- What the expression of a crossing said last.
create table rule_truths (
  account text not null,
  customer_id text not null,
  rule text not null,
  -- Of the expression; a new one has never seen anybody.
  expression text not null,
  is_true boolean not null,
  -- How often it became true.
  times int not null default 0,
  primary key (account, customer_id, rule)
);

-- When a rule that goes by a date looks at a customer next.
create table rule_dates (
  account text not null,
  customer_id text not null,
  rule text not null,
  fire_key text not null,
  fire_at_s bigint not null,
  fired boolean not null default false,
  primary key (account, customer_id, rule)
);

create index rule_dates_due on rule_dates (fire_at_s) where not fired;

-- Rules that stand still whatever the document says.
create table rule_stops (
  rule text primary key,
  -- person | breaker
  by text not null,
  reason text not null,
  since timestamptz not null default now(),
  -- When somebody let it go on; what it did before does not count for its breaker.
  resumed_s bigint
);

-- A planned effect whose reason is gone is withdrawn.
alter table effects drop constraint effects_state_check;
alter table effects add constraint effects_state_check
  check (state in ('planned', 'sent', 'unknown', 'confirmed', 'failed', 'withdrawn'));
