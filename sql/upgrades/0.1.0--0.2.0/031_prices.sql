-- Prices of models: who may import them, and the tables.

insert into steward.act (name, needs_person, description) values ('import_prices', true, 'import prices of models');
insert into steward.role_act (act, role) values ('import_prices', 'steward_admin');

create function steward.remembered_price(
    "provider" TEXT,
    "model" TEXT,
    "at" timestamp with time zone
) RETURNS uuid
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'remembered_price_wrapper';
comment on function steward.remembered_price(text, text, timestamptz) is
    'The row that prices a model, as this backend remembers it; zeros where no price is known, null where it has the prices of the provider not at hand.';

create function steward.price_among(
    "provider" TEXT,
    "model" TEXT,
    "at" timestamp with time zone,
    "ids" uuid[],
    "matches" TEXT[],
    "valid_from" timestamp with time zone[],
    "valid_to" timestamp with time zone[],
    "known" bool[]
) RETURNS uuid
STRICT VOLATILE PARALLEL UNSAFE
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_among_wrapper';
comment on function steward.price_among(text, text, timestamptz, uuid[], text[], timestamptz[], timestamptz[], boolean[]) is
    'The row that prices a model among those of its provider, in their order, which this backend remembers; zeros where no price is known. Errors: 22023 price_file_malformed.';

create function steward.price_is_compiled(
    "price_id" uuid
) RETURNS bool
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_is_compiled_wrapper';
comment on function steward.price_is_compiled(uuid) is 'Whether this backend has a row of steward.price compiled.';

create function steward.compile_price(
    "price_id" uuid,
    "prices" TEXT
) RETURNS void
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'compile_price_wrapper';
comment on function steward.compile_price(uuid, text) is 'Compiles a row of steward.price into this backend''s cache. Errors: 22023 price_file_malformed.';

create function steward.price_cost(
    "price_id" uuid,
    "usage" TEXT,
    "at" timestamp with time zone
) RETURNS bigint
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_cost_wrapper';
comment on function steward.price_cost(uuid, text, timestamptz) is
    'What a call cost, in nano-dollars, by what was counted ({"input_tokens": 10}). Errors: 22023 price_incomplete, price_not_loaded, usage_invalid, 54000 cost_too_large.';

create function steward.price_most(
    "price_id" uuid,
    "input_tokens" bigint,
    "output_tokens" bigint
) RETURNS bigint
STRICT VOLATILE PARALLEL RESTRICTED
LANGUAGE c
AS 'MODULE_PATHNAME', 'price_most_wrapper';
comment on function steward.price_most(uuid, bigint, bigint) is
    'The most that a call with so many input and output tokens costs, in nano-dollars; null where that is not known. Errors: 22023 price_not_loaded.';

create table steward.price_import (
    id uuid constraint price_import_pkey primary key,
    imported_at timestamptz not null,
    imported_by name not null,
    source text,
    content_hash text not null,
    rows int not null,
    forced boolean not null
);
comment on table steward.price_import is 'A price file that was taken in. Kept for good.';
comment on column steward.price_import.id is 'Time-ordered uuid (version 7).';
comment on column steward.price_import.imported_at is 'When it was taken in.';
comment on column steward.price_import.imported_by is 'Login that imported it.';
comment on column steward.price_import.source is 'Where the prices come from, as the file says it.';
comment on column steward.price_import.content_hash is 'SHA-256 of the file as jsonb, in hexadecimal.';
comment on column steward.price_import.rows is 'Rows that the file makes.';
comment on column steward.price_import.forced is 'Whether it was to be taken in whatever it drops and however far it moves prices.';

create table steward.price (
    id uuid constraint price_pkey primary key,
    provider text not null,
    position int not null,
    model text not null,
    match jsonb not null,
    prices jsonb not null,
    valid_from timestamptz not null,
    valid_to timestamptz,
    source text not null,
    import_id uuid,
    shipped boolean not null
);
create index price_of_model on steward.price (provider, model);
comment on table steward.price is 'The price of a model for a time. Kept for good: attempts refer to what they were priced by.';
comment on column steward.price.id is 'Made of what the row says, so that a row has the same id in every database.';
comment on column steward.price.provider is 'Id of the provider, such as openai.';
comment on column steward.price.position is 'The models of a provider are tried in this order, and the first that matches is the one.';
comment on column steward.price.model is 'Id of the model; provider/model where one provider offers the models of another at their prices.';
comment on column steward.price.match is 'Which names the model goes by: equals, starts_with, ends_with, contains, regex, or, and.';
comment on column steward.price.prices is 'US dollars by unit (input_mtok: for a million input tokens), or a list of them with times of day. Empty where nothing is known.';
comment on column steward.price.valid_from is 'Since when it is the price; -infinity for what was there first.';
comment on column steward.price.valid_to is 'Until when; null is for good.';
comment on column steward.price.source is 'Where it comes from, as its file says it.';
comment on column steward.price.import_id is 'The import that added it; null for what came with the extension.';
comment on column steward.price.shipped is 'Whether it is as it came with the extension: pg_dump leaves it out then.';

-- A restore brings rows that are there already as they came with the extension. What is restored is what somebody made of them.
create function steward.replace_shipped_price() returns trigger
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    delete from steward.price p where p.id = new.id and p.shipped;
    return new;
end
$$;
comment on function steward.replace_shipped_price() is 'Trigger: a row that is restored takes the place of the one that came with the extension.';

create function steward.load_price(price_id uuid) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
begin
    if not steward.price_is_compiled(load_price.price_id) then
        perform steward.compile_price(p.id, p.prices::text) from steward.price p where p.id = load_price.price_id;
    end if;
end
$$;
comment on function steward.load_price(uuid) is 'Makes sure that this backend has the row of a price compiled.';

create function steward.price_for(provider text, model text, at timestamptz) returns uuid
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    nothing constant uuid := '00000000-0000-0000-0000-000000000000'::uuid;
    price_id uuid := steward.remembered_price(price_for.provider, price_for.model, price_for.at);
begin
    if price_id is null and price_for.provider is not null and price_for.model is not null and price_for.at is not null then
        select steward.price_among(price_for.provider, price_for.model, price_for.at, coalesce(array_agg(p.id order by o.n), '{}'),
            coalesce(array_agg(p.match::text order by o.n), '{}'), coalesce(array_agg(p.valid_from order by o.n), '{}'),
            coalesce(array_agg(coalesce(p.valid_to, 'infinity') order by o.n), '{}'), coalesce(array_agg(o.is_known order by o.n), '{}'))
        into price_id
        from steward.price p, lateral (select row(p.position, p.model, p.valid_from) as n, p.prices <> '{}' as is_known) o
        where p.provider = price_for.provider;
    end if;
    return nullif(price_id, nothing);
end
$$;
comment on function steward.price_for(text, text, timestamptz) is
    'The row of steward.price that says what a model of a provider cost at a time; null where that is not known. For everybody. Errors: none.';

alter table steward.price enable row level security;
alter table steward.price_import enable row level security;
create policy everybody_reads on steward.price for select using (true);
create policy administrators_read on steward.price_import for select to steward_admin using ((select steward.is_admin()));
