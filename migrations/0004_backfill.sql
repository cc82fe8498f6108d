-- Loading what Stripe has: the runs, the ranges of creation times they read, what they found before anything is written,
-- and the census of Intercom's contacts that saves a search for each customer.

create table backfills (
  id bigint generated always as identity primary key,
  account text not null,
  -- real: contacts are written · dry: only says what it would do
  kind text not null check (kind in ('real', 'dry')),
  -- loading | planning | queueing | writing | done
  phase text not null default 'loading',
  -- Objects created up to this second are loaded; later ones come as events.
  started_s bigint not null,
  -- The last customer of the phase that goes through all of them.
  cursor text,
  -- What it would do, as JSON; made before the first contact is written.
  plan text,
  -- How far it is, as JSON; for people, nothing rests on it.
  progress text,
  queued int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  done_at timestamptz
);
create unique index backfills_open on backfills (account, kind) where phase <> 'done';
create index backfills_account on backfills (account, kind, id);

-- Each range of a list is read from its newest object to its oldest, and is divided while there is room for more.
create table backfill_ranges (
  id bigint generated always as identity primary key,
  run bigint not null references backfills on delete cascade,
  resource text not null,
  -- Creation times, both included. top_s is where the range began; to_s comes down as pages are read.
  from_s bigint not null,
  to_s bigint not null,
  top_s bigint not null,
  -- starting_after of the next page
  cursor text,
  done boolean not null default false,
  objects int not null default 0,
  pages int not null default 0,
  -- Failures in a row, and when it is tried again.
  attempt int not null default 0,
  due_at timestamptz not null default now(),
  error_code text,
  error_message text
) with (fillfactor = 70);
create index backfill_ranges_run on backfill_ranges (run, resource);

-- What a run would do with each customer. Removed with the run.
create table backfill_findings (
  run bigint not null references backfills on delete cascade,
  customer_id text not null,
  -- linked | matched | grouped | created | skipped | quarantined
  outcome text not null,
  -- user_id | email | …, or why not
  reason text not null,
  -- The contact, or a name for one that would be made.
  target text,
  -- The contact would be written.
  writes boolean not null,
  primary key (run, customer_id)
);
create index backfill_findings_target on backfill_findings (run, target) where target is not null;

-- Where the census stands; one row at most.
create table census (
  one boolean primary key default true check (one),
  cursor text,
  contacts int not null default 0,
  total int,
  complete boolean not null default false,
  started_at timestamptz not null default now()
);

-- Intercom's contacts as the census saw them. Kept while a backfill runs.
create table census_contacts (
  contact_id text primary key,
  role text not null,
  external_id text,
  -- normalised
  email text,
  -- E-mail, name, phone and the attributes of the mapping, as JSON.
  shown text not null
);
create index census_contacts_external_id on census_contacts (external_id) where external_id is not null;
create index census_contacts_email on census_contacts (email) where email is not null;
