-- up
-- A tenant's applications may have prices, invoices and credits of their own: `payer` is the name
-- of the application, empty where the tenant itself pays.
alter table billing_plan add column payer text not null default '';
alter table billing_invoice add column payer text not null default '',
  drop constraint billing_invoice_pkey, add primary key (tenant, payer, month);
alter table billing_line add column payer text not null default '',
  drop constraint billing_line_pkey, add primary key (tenant, payer, month, n);

-- down
delete from billing_line where payer <> '';
delete from billing_invoice where payer <> '';
delete from billing_plan where payer <> '';
alter table billing_line drop constraint billing_line_pkey, drop column payer,
  add primary key (tenant, month, n);
alter table billing_invoice drop constraint billing_invoice_pkey, drop column payer,
  add primary key (tenant, month);
alter table billing_plan drop column payer;
