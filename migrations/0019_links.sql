-- Links that customers get in messages, and what customers did through them.

-- A customer whose links were revoked: those of an earlier generation no longer work. Without a row it is generation 0.
create table link_revocations (
  account text not null,
  customer_id text not null,
  -- As many as a token can carry.
  generation int not null check (generation between 1 and 65535),
  revoked_at timestamptz not null default now(),
  primary key (account, customer_id)
);

-- What a customer asked for that moves money: written before Stripe is called, and never called without.
create table customer_actions (
  -- Stripe knows the call by it (Idempotency-Key).
  key text primary key,
  account text not null,
  customer_id text not null,
  kind text not null check (kind in ('pay_invoice')),
  -- The invoice.
  object_id text not null,
  -- Counts from 1 for each object.
  attempt int not null,
  amount_minor bigint not null,
  currency text not null,
  -- What the call names; null for the one that Stripe would take anyway.
  payment_method text,
  -- unknown: the call was sent and nobody knows what became of it.
  state text not null check (state in ('planned', 'done', 'failed', 'unknown')),
  outcome text,
  planned_at timestamptz not null,
  ended_at timestamptz,
  unique (account, object_id, attempt)
);

-- However often somebody clicks, on however many nodes: one payment of an invoice at a time.
create unique index customer_actions_open on customer_actions (account, object_id) where state in ('planned', 'unknown');
create index customer_actions_customer on customer_actions (account, customer_id, planned_at desc);
