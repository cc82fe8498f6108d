-- Several Stripe customers of one person, several Stripe accounts, people's decisions, and why a value was written.

-- A contact belongs to one customer, the leader, whatever account it is of; further customers of the person follow it.
alter table identities
  add column leader_account text,
  add column leader_id text,
  -- Who could be meant, as [{contactId, role, externalId, name}, …]; for quarantined ones.
  add column proposals text,
  -- What a person decided: link (to contact_wanted) | ignore
  add column decision text check (decision in ('link', 'ignore')),
  add column contact_wanted text,
  add column linked_at timestamptz,
  -- A write may have reached Intercom that is not on record: the contact is read before it is written again.
  add column doubted boolean not null default false,
  add constraint identities_members_have_no_contact check (leader_id is null or contact_id is null),
  add constraint identities_leader_complete check ((leader_id is null) = (leader_account is null));
drop index identities_contact;
create unique index identities_contact on identities (contact_id) where contact_id is not null;
create index identities_members on identities (leader_account, leader_id) where leader_id is not null;

alter table contact_writes
  -- Which copies and events the changed attributes rest on.
  add column basis text,
  -- The mapping that asked for it: preset and version.
  add column mapping text;

-- One row per joined Stripe account; the workspace has the account of the main one.
alter table connections add column account text not null default 'main';
alter table connections drop constraint connections_pkey, add primary key (vendor, account);

-- Emptied by PostgreSQL itself when it recovers from a crash, and empty on a promoted standby: the last commits that did
-- not wait for the disk may be lost then, so nothing that was under way is believed until it was read again.
create unlogged table no_crash_since (
  only_row boolean primary key default true check (only_row),
  noticed_at timestamptz not null default now()
);
insert into no_crash_since default values;
