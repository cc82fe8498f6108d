-- One node at a time tries whether a vendor that Dunlin paused works again, and all of them know how often that was in vain.

create table pause_probes (
  scope text primary key,
  reason text not null,
  -- Probes since the trouble began; the next one waits the longer.
  attempts int not null default 0,
  due_at timestamptz not null,
  -- When a probe went well. The same trouble soon afterwards is one that probes do not see.
  resumed_at timestamptz
);
insert into pause_probes (scope, reason, due_at) select scope, reason, now() from pauses where made_by = 'dunlin';
