-- What models cost, as rows: each is the price of one model of one provider for a time.
--
-- The extension comes with the data of genai-prices (packaging/prices), and steward.import_prices takes newer files of it in, or what an
-- administrator wrote by hand. History is kept: what a call cost is said by the row that was valid when it was sent. So an import never changes a
-- price; it ends the row that changed (valid_to) and adds another. Only the order in which models are tried is always that of the last import.
-- A row without any price stands for a model of which it is known that nothing is known: it blocks, as a model without a row does.
--
-- Rows that come with the extension are in a database before a restore. pg_dump leaves those out that are as they came (shipped), and dumps
-- those that an import ended or moved: with the same id in every database, so that what refers to a row finds it, and what is restored
-- takes the place of what is there (replace_shipped_price). The file that takes them in is 032_price_imports.sql.

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
