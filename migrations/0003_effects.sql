-- The effect ledger: one row per outside effect beyond attributes, before it happens and after.

create table effects (
  id bigint generated always as identity primary key,
  account text not null,
  -- Derived from the reason: the same reason is the same effect.
  key text not null,
  customer_id text not null,
  kind text not null,
  lane smallint not null,
  -- effectively_once | verified | at_most_once | at_least_once
  guarantee text not null,
  state text not null default 'planned' check (state in ('planned', 'sent', 'unknown', 'confirmed', 'failed')),
  -- What is to be done, and a fingerprint of it that tells whether the key is used for something else.
  body text not null,
  fingerprint text not null,
  -- The contact that it was last sent to.
  contact_id text,
  -- What it became in Intercom. A data event has it from its sending on: person, second and name.
  object_id text,
  conversation_id text,
  request_id text,
  attempt int not null default 0,
  -- How often it was looked for since it was last sent.
  looks int not null default 0,
  planned_at timestamptz not null default now(),
  -- Waiting for a contact counts from here.
  queued_at timestamptz not null default now(),
  due_at timestamptz not null default now(),
  leased_by text,
  leased_until timestamptz,
  sent_at timestamptz,
  -- When it was sent for the first time without an answer: from then on it may have happened.
  doubted_at timestamptz,
  ended_at timestamptz,
  -- answer | look | person
  ended_how text check (ended_how in ('answer', 'look', 'person')),
  error_code text,
  error_message text,
  unique (account, key)
) with (fillfactor = 70);

-- In order per customer, and listed by customer.
create index effects_customer on effects (account, customer_id, id);
create index effects_due on effects (lane, due_at) where state in ('planned', 'sent', 'unknown');
create index effects_open on effects (account, customer_id, id) where state in ('planned', 'sent', 'unknown');
create index effects_failed on effects (id) where state = 'failed';
-- One call at a time per contact, whichever customer of the person it is for: what is looked for cannot be another one's.
create unique index effects_contact on effects (contact_id) where state in ('sent', 'unknown');
-- One thing in Intercom is one effect.
create unique index effects_object on effects (kind, object_id) where object_id is not null;
