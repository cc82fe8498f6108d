-- Reconcile: runs that compare Stripe, our copies and Intercom, and what they found.

create table reconcile_runs (
  id bigint generated always as identity primary key,
  -- queued | running | done | failed
  state text not null check (state in ('queued', 'running', 'done', 'failed')),
  -- schedule | command | api | gap (events were missed that Stripe no longer lists)
  asked_by text not null,
  -- {check, calls, account}
  options text not null,
  -- How far it is, and where to go on after a crash.
  progress text not null,
  stripe_calls int not null default 0,
  intercom_calls int not null default 0,
  asked_at timestamptz not null default now(),
  started_at timestamptz,
  ended_at timestamptz,
  error_code text,
  error_message text
);
-- One at a time, and at most one that waits.
create unique index reconcile_runs_running on reconcile_runs (state) where state in ('queued', 'running');

-- One difference: a customer or a contact that was not as it should be, for one reason.
create table drifts (
  id bigint generated always as identity primary key,
  run_id bigint not null references reconcile_runs on delete cascade,
  -- missed_event | lost_write | foreign_edit | deleted | archived | merged | identity
  class text not null,
  account text,
  customer_id text,
  contact_id text,
  -- Only for what belongs to no customer, such as a product.
  object_id text,
  -- [[field, expected, found], …]
  differences text not null,
  -- What was done about it: renewed | rewritten | followed | left | reported
  done text not null,
  at timestamptz not null default now(),
  unique nulls not distinct (run_id, class, account, customer_id, contact_id, object_id)
);

-- How far the lists of Stripe were compared: a list that is longer than one run's budget goes on in the next.
create table reconcile_passes (
  account text not null,
  resource text not null,
  cursor text,
  -- Seconds of Stripe's clock: when the first and the latest page were answered.
  started_s bigint not null,
  answered_s bigint not null,
  -- How many marks the pass has made; fewer in the table means that a crash of the database took them.
  marked int not null default 0,
  primary key (account, resource)
);

-- What a list has shown, for finding what it did not show. Worthless after a crash, hence unlogged.
create unlogged table reconcile_marks (
  scope text not null,
  id text not null,
  primary key (scope, id)
);

-- Objects that Stripe shows otherwise than our copies: the event may still be on its way.
create table reconcile_suspects (
  run_id bigint not null references reconcile_runs on delete cascade,
  account text not null,
  -- 0 customers, who are judged first, 1 everything else
  place smallint not null,
  id text not null,
  -- The copy as Stripe shows it.
  copy text not null,
  seen_at timestamptz not null default now(),
  primary key (run_id, account, place, id)
);

-- Customers without a contact, by what they are waiting under.
create index identities_waiting_user_id on identities ((inputs::json ->> 0))
  where state in ('left_out', 'archived', 'quarantined');
create index identities_waiting_email on identities ((inputs::json ->> 1))
  where state in ('left_out', 'archived', 'quarantined');
