-- A version of the mapping being brought to the contacts: whom it concerns, and how far that is.

create table mapping_rollouts (
  -- Of the document.
  version int primary key,
  phase text not null default 'preparing' check (phase in ('preparing', 'looking', 'writing', 'retiring', 'done', 'superseded')),
  -- The last contact that was looked at.
  cursor text,
  contacts int not null default 0,
  looked int not null default 0,
  affected int not null default 0,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  done_at timestamptz
);
