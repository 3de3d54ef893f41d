-- Price files are taken in whole or refused whole: the one that comes with the extension, at the end of this file, and those of administrators.
--
-- A file touches the providers that it names and no others. What it says of a model is compared with the rows that are valid now or later: what is the
-- same stays as it is. Whether a refused price is a mistake is for a person to say, with force.

-- What the jobs of an installation rely on: their prices must not vanish by an import.
create function steward.prices_in_use() returns table (provider text, model text)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
begin
    return query
    select distinct coalesce((select v.definition ->> 'price_list' from steward.provider v where v.name = t.provider order by v.version desc limit 1), t.provider), t.definition #>> '{request,body,model}'
    from (select distinct on (v.name) v.* from steward.tool v order by v.name, v.version desc) t
    where t.provider is not null and t.definition #>> '{request,body,model}' !~ '[{][{%]'
    union
    -- And what priced an attempt of the last 90 days; ids are in the order of time.
    select p.provider, p.model
    from (select distinct a.price_id from steward.attempt a where a.job_id > steward.least_id_of(steward.clock() - interval '90 days') and a.price_id is not null) u
    join steward.price p on p.id = u.price_id;
end
$$;
comment on function steward.prices_in_use() is 'Models that tools name as they are defined now, and that priced an attempt of the last 90 days, by provider.';

-- Takes the rows of a file in, or refuses it. What is the same stays; a price that changed or went ends now, and another begins now or when
-- it says. Of a model that is new here all of its dates are taken in; of another the past is what it was.
create function steward.write_prices(prices jsonb, source text, import_id uuid, at timestamptz)
    returns table (provider text, added int, changed int, dropped int, unchanged int)
    language sql volatile
    set search_path = pg_catalog, pg_temp
as $$
    with wanted as materialized (
        select w.* from steward.price_rows(write_prices.prices::text) w
    ), live as materialized (
        select p.* from steward.price p
        where p.provider in (select w.provider from wanted w) and (p.valid_to > write_prices.at and p.valid_to > p.valid_from or p.valid_to is null)
    ), known as (
        select distinct p.provider, p.model from steward.price p where p.provider in (select w.provider from wanted w)
    ), same as materialized (
        select l.id, w.provider, w.model, w.valid_from, w.position, w.position <> l.position as is_moved
        from live l
        join wanted w on w.provider = l.provider and w.model = l.model and w.matches = l.match and w.prices = l.prices
            and w.valid_to is not distinct from l.valid_to and (w.valid_from = l.valid_from or greatest(w.valid_from, l.valid_from) <= write_prices.at)
    ), gone as (
        update steward.price p set valid_to = greatest(write_prices.at, p.valid_from), shipped = false
        from live l where p.id = l.id and l.id not in (select s.id from same s)
        returning p.provider, p.model
    ), moved as (
        update steward.price p set position = s.position, shipped = false from same s where p.id = s.id and s.is_moved
    ), fresh as (
        insert into steward.price (id, provider, position, model, match, prices, valid_from, valid_to, source, import_id, shipped)
        select encode(substring(sha256(convert_to(row(w.provider, w.model, w.matches, w.prices, extract(epoch from f.since), extract(epoch from w.valid_to),
                write_prices.import_id)::text, 'UTF8')) for 16), 'hex')::uuid,
            w.provider, w.position, w.model, w.matches, w.prices, f.since, w.valid_to, write_prices.source, write_prices.import_id, write_prices.import_id is null
        from wanted w
        left join known k on k.provider = w.provider and k.model = w.model,
            lateral (select case when k.model is null then w.valid_from else greatest(w.valid_from, write_prices.at) end as since) f
        where (k.model is null or coalesce(w.valid_to > write_prices.at, true))
            and not exists (select from same s where s.provider = w.provider and s.model = w.model and s.valid_from = w.valid_from)
        returning price.provider, price.model
    ), models as (
        select coalesce(w.provider, l.provider) as provider, w.model is not null as is_wanted, l.model is not null as was_live,
            f.model is not null or g.model is not null as is_new
        from (select distinct w.provider, w.model from wanted w) w
        full join (select distinct l.provider, l.model from live l) l on l.provider = w.provider and l.model = w.model
        left join (select distinct f.provider, f.model from fresh f) f on f.provider = w.provider and f.model = w.model
        left join (select distinct g.provider, g.model from gone g) g on g.provider = w.provider and g.model = w.model
    )
    select m.provider, count(*) filter (where m.is_wanted and not m.was_live)::int, count(*) filter (where m.is_wanted and m.was_live and m.is_new)::int,
        count(*) filter (where not m.is_wanted)::int, count(*) filter (where m.is_wanted and m.was_live and not m.is_new)::int
    from models m group by m.provider order by m.provider collate "C"
$$;
comment on function steward.write_prices(jsonb, text, uuid, timestamptz) is
    'Takes a price file in, and says of each provider in it how many models are new, changed, gone and as they were. Errors: 22023 price_file_malformed.';

-- The first price that would be more than ten times as high or low, and where that stands.
create function steward.refuse_price_jump(prices jsonb, at timestamptz) returns void
    language plpgsql volatile
    set search_path = pg_catalog, pg_temp
as $$
declare
    jump record;
begin
    select w.place, m.price into jump
    from steward.price_rows(refuse_price_jump.prices::text) w
    join steward.price p on p.provider = w.provider and p.model = w.model and p.valid_from <= refuse_price_jump.at
        and coalesce(p.valid_to > refuse_price_jump.at, true) and p.prices <> w.prices,
        lateral (select steward.price_moved(p.prices::text, w.prices::text) as price) m
    where coalesce(w.valid_to > refuse_price_jump.at, true) and m.price is not null
    order by w.provider collate "C", w.position limit 1;
    if jump.place is not null then
        perform steward.refuse('22023', 'price_jump', format('at %s: %s is more than ten times as high or low as before', jump.place, jump.price),
            'Check its unit: prices are US dollars, mostly for a million. If it is meant, import the file with force => true.');
    end if;
end
$$;
comment on function steward.refuse_price_jump(jsonb, timestamptz) is 'Refuses a price file that moves a price by more than ten times: 22023 price_jump.';

create function steward.import_prices(prices jsonb, force boolean default false)
    returns table (provider text, added int, changed int, dropped int, unchanged int)
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    import constant uuid := steward.new_id();
    hash constant text := encode(sha256(convert_to(import_prices.prices::text, 'UTF8')), 'hex');
    named constant text := case when jsonb_typeof(import_prices.prices) = 'object' then import_prices.prices ->> 'source' end;
    now timestamptz;
    used jsonb;
    lost record;
    file_rows int;
begin
    perform steward.require('prices', import_prices.prices::text), steward.require('force', import_prices.force::text),
        steward.require_installation_act('import_prices'), steward.require_read_committed();
    -- Two files at once are taken in, in turn; the later one begins after the earlier one.
    perform steward.hold_latch('prices');
    now := steward.clock();
    select count(*) into file_rows from steward.price_rows(import_prices.prices::text);
    if not import_prices.force then
        perform steward.refuse_price_jump(import_prices.prices, now);
        select jsonb_agg(u) into used from steward.prices_in_use() u where steward.price_for(u.provider, u.model, now) is not null;
    end if;
    return query select w.* from steward.write_prices(import_prices.prices, coalesce(named, 'import ' || import), import, now) w;
    select u.* into lost from jsonb_to_recordset(used) as u (provider text, model text)
    where steward.price_for(u.provider, u.model, now) is null order by u.provider collate "C", u.model collate "C" limit 1;
    if lost.model is not null then
        perform steward.refuse('22023', 'price_drops_models', format('after it provider %s has no price for model %s, which is in use', lost.provider, lost.model),
            'Import a file that has it, define the tools anew, or import the file with force => true: jobs without a price are blocked.');
    end if;
    -- Who waited for a price is looked at again by the next claim.
    update steward.limit_line l set look_at = now where l.kind = 'no_price';
    perform steward.ring_doorbell();
    insert into steward.price_import (id, imported_at, imported_by, source, content_hash, rows, forced)
    values (import, now, session_user, named, hash, file_rows, import_prices.force);
    perform steward.record_act('import_prices', null, 'installation', '',
        jsonb_build_object('import', import, 'rows', file_rows, 'content_hash', hash, 'forced', import_prices.force));
end
$$;
comment on function steward.import_prices(jsonb, boolean) is
    'Takes prices of models in, and says of each provider of the file how many models are new, changed, gone and as they were; other providers stay as '
    'they are. For steward_admin. The file is that of genai-prices (a list of providers), or '
    '{"source": "our contract", "providers": [{"id": "sandbox", "models": [{"id": "sandbox", "match": {"starts_with": "sandbox"}, '
    '"prices": {"input_mtok": 0.5, "output_mtok": 2}}]}]}: US dollars for a million tokens (_mtok), for a thousand (_kcount: requests, web_searches, images), '
    'an hour (_hours). A price may have tiers, {"base": 1, "tiers": [{"start": 200000, "price": 2}]}, of the input tokens of a call; '
    'prices may be a list of {"constraint": {"start_date": "2026-09-01"} or {"start_time": "16:30:00Z", "end_time": "00:30:00Z"}, "prices": …}, the last that '
    'holds counts. match is equals, starts_with, ends_with, contains, regex, or a list under or, and; the first model that matches counts. '
    'fallback_model_providers takes the models of other providers of the file in. force takes a file in that is refused for what it drops or moves. '
    'Errors: 22004 argument_null, 22023 price_drops_models, price_file_malformed, price_jump, 42501 administrator_required, person_required, 55000 isolation_unfit.';

-- What comes with the extension; before the triggers, which are for what comes later.
do $shipped$
begin
    perform from steward.write_prices(steward.shipped_prices(), steward.shipped_prices() operator(pg_catalog.->>) 'source', null, pg_catalog.now());
end
$shipped$;

-- ENABLE ALWAYS, and for each row, for the reasons in 048_admissions.sql. The function says that its table has changed; admissions are forgotten
-- by others of its messages.
create trigger replace_shipped_price before insert on steward.price for each row execute function steward.replace_shipped_price();
create trigger forget_prices after truncate on steward.price for each statement execute function steward.forget_admissions();
create trigger forget_prices_of_row after insert or update or delete on steward.price for each row execute function steward.forget_admissions();
alter table steward.price enable always trigger replace_shipped_price, enable always trigger forget_prices, enable always trigger forget_prices_of_row;
