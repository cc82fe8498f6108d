-- What stands still, and why: by a person's hand, or because nothing can work there at present.
create table pauses (
  -- all | intake | intercom | stripe:<account> | lane:<lane>
  scope text not null,
  -- A person's pause is lifted by a person only; that of a move to another database by the move, or lapses.
  made_by text not null check (made_by in ('person', 'dunlin', 'move')),
  code text not null,
  reason text not null,
  since timestamptz not null default now(),
  -- Lapses by itself; null for never.
  until timestamptz,
  primary key (scope, made_by)
);
insert into pauses (scope, made_by, code, reason, since)
select case vendor when 'stripe' then 'stripe:' || account else vendor end, 'dunlin', paused_code, coalesce(paused_reason, ''), coalesce(paused_at, now())
from connections where paused_code is not null;
alter table connections drop column paused_code, drop column paused_reason, drop column paused_at;
