-- Many nodes: who they are, what part of the rate limits each may use, and what exactly one of them does.

alter table nodes
  add column role text not null default 'all' check (role in ('all', 'web', 'worker')),
  add column host text not null default '',
  add column pid int,
  add column version text not null default '',
  add column started_at timestamptz not null default now(),
  -- The session that the node listens on; when it is gone, the node most likely is.
  add column session_pid int,
  -- The part of each rate limit that the node may use at present. All parts together never exceed 1.
  add column share double precision not null default 0;

-- What exactly one node does at a time. The row stays; who comes next counts the fence up.
create table duties (
  name text primary key,
  node text,
  fence bigint not null default 0,
  held_until timestamptz not null default 'epoch',
  since timestamptz not null default now()
);
