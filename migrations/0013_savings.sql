-- Receipts of savings: what was said to whom, and everything that it followed from. The same inputs are one receipt.

create table savings_receipts (
  id text primary key,
  account text not null,
  customer_id text not null,
  -- The answer with its inputs, as JSON; it never changes.
  receipt text not null,
  created_at timestamptz not null default now(),
  -- What Stripe's previews said, as JSON; asked later or again, the newest counts.
  confirmation text,
  confirmed_at timestamptz
);

create index savings_receipts_customer on savings_receipts (account, customer_id, created_at desc);
