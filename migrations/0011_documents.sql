-- Versioned documents that people write: the mapping and the plans. A version never changes; the newest is in force.

create table documents (
  kind text not null,
  version int not null check (version > 0),
  -- The document as JSON.
  body text not null,
  saved_by text not null,
  note text,
  saved_at timestamptz not null default now(),
  primary key (kind, version)
);
