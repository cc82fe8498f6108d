-- What contacts of customers did in Intercom, as its notifications told or as it was read there; ids only, no words.

create table signals (
  seq bigint generated always as identity,
  contact_id text not null,
  -- The notification's, so that the same one counts once; else made from what it says.
  id text not null,
  kind text not null,
  conversation_id text,
  -- The name of the tag that was put on or taken off.
  tag text,
  -- Unix seconds by Intercom's clock.
  at_s bigint not null,
  source text not null check (source in ('notification', 'reading')),
  received_at timestamptz not null default now(),
  primary key (contact_id, id)
);

create index signals_conversation on signals (conversation_id) where conversation_id is not null;

-- Which topics have ever come, so that a missing subscription is seen.
create table signal_topics (
  topic text primary key,
  first_at timestamptz not null default now(),
  last_at timestamptz not null default now()
);
