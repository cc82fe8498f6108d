-- Companies: which customers are one company, what Intercom shows of it, which contacts were attached, and what is due.

-- One row per company, which is also its job: due_at says that it has to be looked at.
create table companies (
  -- The company_id that Intercom knows it by.
  key text primary key,
  intercom_id text,
  -- waiting (no contact yet, so nothing in Intercom) | shown | gone (deleted in Intercom)
  state text not null default 'waiting' check (state in ('waiting', 'shown', 'gone')),
  -- What Intercom last accepted or showed.
  known text,
  -- A write may have reached Intercom that is not on record: the company is read before it is written again.
  doubted boolean not null default false,
  -- What could not be said, and why, as [[field, reason], …]
  unknowns text,
  written_at timestamptz,
  -- Counts up whenever a customer of it changes; a job ends only what it has seen.
  version bigint not null default 1,
  -- 0 urgent, 1 calm, 2 backfill
  lane smallint not null,
  due_at timestamptz,
  queued_at timestamptz not null default now(),
  attempt int not null default 0,
  -- Not tried again until a customer of it changes or a person asks.
  dead boolean not null default false,
  leased_by text,
  leased_until timestamptz,
  error_code text,
  error_message text
) with (fillfactor = 60);
create index companies_due on companies (lane, due_at) where due_at is not null;
create unique index companies_intercom_id on companies (intercom_id) where intercom_id is not null;

-- Which company a customer counts to, and what of the customer the company rested on when it was last queued.
create table company_members (
  account text not null,
  customer_id text not null,
  company_key text not null,
  -- Of the customer or of who leads the person; null without one.
  contact_id text,
  shows text not null,
  primary key (account, customer_id)
) with (fillfactor = 70);
create index company_members_company on company_members (company_key);

-- Contacts that belong to a company, as far as it is our doing. A link that people remove in Intercom is not made again.
create table company_contacts (
  company_key text not null references companies on delete cascade,
  contact_id text not null,
  -- attaching | ours | found (attached before we came) | refused
  state text not null check (state in ('attaching', 'ours', 'found', 'refused')),
  at timestamptz not null default now(),
  primary key (company_key, contact_id)
);

-- Every write to a company: what went from what to what, which contact came or went.
create table company_writes (
  id bigint generated always as identity primary key,
  company_key text not null,
  -- create | update | attach | detach
  kind text not null,
  -- [[name, before, after], …]
  changes text not null,
  request_id text,
  at timestamptz not null default now()
);
create index company_writes_company on company_writes (company_key, id);
