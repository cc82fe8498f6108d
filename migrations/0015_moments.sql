-- Which moments are told to Intercom as data events, and since when: what happened before is not told. Follows the mapping's
-- section `events`, so that a node that starts knows it before it takes the first event.

create table moment_switches (
  name text primary key,
  event_name text not null,
  -- The facts that go along, as a JSON array.
  metadata text not null,
  since timestamptz not null default now()
);
