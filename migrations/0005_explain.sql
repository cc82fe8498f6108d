-- Explaining values: how each event came in, and the events that changed something, by customer.

alter table stripe_events
  -- webhook | list; null for events that were stored before this was kept.
  add column came text;
-- Of all that make explaining quick this index costs the ingest least: one short key, only for events that changed a copy.
create index stripe_events_changes on stripe_events (customer_id) where changes is not null;
