-- Prices of models: files that are taken in and refused, the history of a price, finding the price of a model, and what a call costs.
\pset tuples_only on
\pset format unaligned

-- A provider of the tests; $1 is what its one model costs.
create function tests.file(prices text, model text default 'm1', match text default '{"starts_with": "m1"}') returns jsonb language sql as $$
    select jsonb_build_object('source', 'our contract', 'providers', jsonb_build_array(jsonb_build_object('id', 'acme',
        'models', jsonb_build_array(jsonb_build_object('id', model, 'match', match::jsonb, 'prices', prices::jsonb)))))
$$;
create function tests.imported(file jsonb, force boolean default false) returns setof text language sql as $$
    select format('%s: %s added, %s changed, %s dropped, %s unchanged', i.provider, i.added, i.changed, i.dropped, i.unchanged)
    from steward.import_prices(file, force) i
$$;
create function tests.import_refused(file text, force boolean default false) returns text language sql as $$
    select tests.refused(format('select steward.import_prices(%L, %L)', file, force))
$$;
-- The price of a model at a time, by what it says; or unknown.
create function tests.price(model text, at timestamptz default steward.clock(), provider text default 'acme') returns text language sql as $$
    select coalesce((select p.model || ' ' || p.prices::text from steward.price p where p.id = steward.price_for($3, $1, $2)), 'unknown')
$$;
create function tests.history() returns setof text language sql security definer as $$
    select format('%s %s from %s to %s%s', p.model, p.prices, case when p.valid_from in (select i.imported_at from steward.price_import i) then 'an import'
        else p.valid_from::text end, case when p.valid_to in (select i.imported_at from steward.price_import i) then 'an import' else p.valid_to::text end,
        case when p.shipped then ', shipped' else '' end)
    from steward.price p where p.provider = 'acme' order by p.position, p.model, p.valid_from
$$;

\echo What comes with the extension is there, and says itself where it comes from.
select count(*) > 2500, count(distinct p.provider) > 40, bool_and(p.shipped), bool_and(p.import_id is null), min(p.source), max(p.source) from steward.price p;
select count(*) = (select count(*) from steward.price) from steward.price_rows(steward.shipped_prices()::text);
select tests.price('gpt-4o-mini-2024-07-18', '2026-10-01', 'openai');

\echo An administrator writes prices by hand: nothing else changes.
set session authorization regress_admin;
select tests.price('m1');
select tests.imported(tests.file('{"input_mtok": 0.5, "output_mtok": 2}'));
select tests.price('M1-large'), tests.price('m2'), tests.price('m1', '-infinity');
select count(*) from steward.price p where not p.shipped;
select i.imported_by, i.source, i.rows, i.forced, length(i.content_hash), i.imported_at <= steward.clock() from steward.price_import i;

\echo The same once more changes nothing; another price ends the one before, and what was paid then can still be asked.
select tests.imported(tests.file('{"input_mtok": 0.5, "output_mtok": 2}'));
select tests.imported(tests.file('{"input_mtok": 0.6, "output_mtok": 2}'));
select tests.price('m1'), tests.price('m1', now() - interval '1 day');
select tests.imported(tests.file('{"input_mtok": 0.5, "output_mtok": 2}'));
select tests.imported(tests.file('{"input_mtok": 0.5, "output_mtok": 2}', match => '{"equals": "m1"}'));
select tests.price('m1'), tests.price('M1-large');
reset session authorization;
select tests.history();

\echo A price that begins on a date: of a model that is new here every date is taken in, of another those ahead.
set session authorization regress_admin;
select tests.imported(tests.file('[{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2020-01-01"}, "prices": {"input_mtok": 2}},
    {"constraint": {"start_date": "2120-01-01"}, "prices": {"input_mtok": 3}}]', 'm2', '{"equals": "m2"}'));
select tests.price('m2', '2019-12-31'), tests.price('m2', '2020-01-01'), tests.price('m2'), tests.price('m2', '2120-01-01');
select tests.price('m1'), tests.price('m1', now() - interval '1 day');
select tests.imported(tests.file('[{"prices": {"input_mtok": 1}}, {"constraint": {"start_date": "2021-01-01"}, "prices": {"input_mtok": 4}},
    {"constraint": {"start_date": "2120-01-01"}, "prices": {"input_mtok": 3}}]', 'm2', '{"equals": "m2"}'));
select tests.price('m2', '2019-12-31'), tests.price('m2', '2020-01-01'), tests.price('m2', '2022-01-01'), tests.price('m2'), tests.price('m2', '2120-01-01');
select tests.imported(tests.file('{"input_mtok": 4}', 'm2', '{"equals": "m2"}'));
select tests.price('m2'), tests.price('m2', '2120-01-01');
reset session authorization;
select tests.history();

\echo The first model that matches is the one, in the order of the file. One of which nothing is known blocks; a date may be written in two ways.
set session authorization regress_admin;
select tests.imported('[{"id": "acme", "models": [
    {"id": "mini", "match": {"and": [{"starts_with": "M"}, {"contains": "mini"}]}, "prices": {"input_mtok": 1}},
    {"id": "secret", "match": {"ends_with": "-secret"}, "prices": {}},
    {"id": "dated", "match": {"regex": "^d-\\d{4}-\\d{2}-\\d{2}$"}, "prices": {"input_mtok": 3}},
    {"id": "rest", "match": {"or": [{"starts_with": "m"}, {"equals": "x"}]}, "prices": {"input_mtok": 2}}]},
    {"id": "reseller", "models": [{"id": "own", "match": {"equals": "m-mini"}, "prices": {"input_mtok": 9}}], "fallback_model_providers": ["acme"]}]');
select m || ': ' || tests.price(m) from unnest('{M-Mini,m-mini-secret,m-secret,m,x,d-2026-09-01,d-20260901,d-20261301,y,""}'::text[]) m;
select tests.price('m-mini', provider => 'reseller'), tests.price('x', provider => 'reseller'), tests.price('x', provider => 'nobody');
select steward.price_for(null, 'x', now()), steward.price_for('acme', null, now()), steward.price_for('acme', 'x', null);
-- Another order, and nothing else: no price ends.
select tests.imported('[{"id": "acme", "models": [
    {"id": "rest", "match": {"or": [{"starts_with": "m"}, {"equals": "x"}]}, "prices": {"input_mtok": 2}},
    {"id": "mini", "match": {"and": [{"starts_with": "M"}, {"contains": "mini"}]}, "prices": {"input_mtok": 1}},
    {"id": "secret", "match": {"ends_with": "-secret"}, "prices": {}},
    {"id": "dated", "match": {"regex": "^d-\\d{4}-\\d{2}-\\d{2}$"}, "prices": {"input_mtok": 3}}]}]');
select tests.price('m-mini'), (select count(*) from steward.price p where p.provider = 'acme' and p.valid_to is null);

\echo Within a transaction that is taken back the price is that of the transaction, and after it the one before.
begin;
select tests.imported(tests.file('{"input_mtok": 2.5}', 'rest'));
select tests.price('m1');
savepoint later;
select tests.imported(tests.file('{"input_mtok": 2.75}', 'rest'));
select tests.price('m1');
rollback to later;
select tests.price('m1');
rollback;
select tests.price('m1');
begin isolation level repeatable read;
select tests.price('m1');
select tests.import_refused(tests.file('{"input_mtok": 1}')::text);
commit;

\echo A file that is malformed is refused, with the place.
select tests.import_refused(f) from unnest(array['1', '[]', '{"providers": {}}', '[{"id": "acme"}]', '[{"id": "acme", "models": []}]', '[{"id": "acme", "models": [{"id": "m"}]}]',
    tests.file('{"input_mtok": -1}')::text, tests.file('{"input": 1}')::text, tests.file('{"cache_read_mtok": 1}')::text, tests.file('[]')::text,
    tests.file('[{"constraint": {"start_date": "soon"}, "prices": {}}]')::text, tests.file('{}', match => '{"like": "m"}')::text,
    tests.file('{}', match => '{"regex": "(?=a)"}')::text]) f;
select tests.import_refused(null), tests.import_refused('[]', null);

\echo So is a price that moves by more than ten times, unless it is forced; one to tenfold is not.
select tests.imported(tests.file('{"input_mtok": 1, "output_mtok": 2}'), true);
select tests.import_refused(tests.file(p)::text) from unnest('{"{\"input_mtok\": 10.01, \"output_mtok\": 2}","{\"input_mtok\": 1, \"output_mtok\": 0.19}","{\"input_mtok\": 0}",
    "{\"input_mtok\": {\"base\": 1, \"tiers\": [{\"start\": 1000, \"price\": 11}]}}"}'::text[]) p;
select tests.price('m1');
select tests.imported(tests.file('{"input_mtok": 10, "output_mtok": 0.2}'));
select tests.imported(tests.file('{"input_mtok": 1000, "output_mtok": 0.2}'), true);

\echo And one after which a model that a tool names has no price.
select steward.define_provider('acme', '{"base_url": "https://acme.example"}'), steward.define_tool('chat',
    '{"executor": "http", "provider": "acme", "adapter": "http_json", "request": {"path": "/chat", "body": {"model": "m1-large"}}}'),
    steward.define_tool('any', '{"executor": "http", "provider": "acme", "adapter": "http_json", "request": {"path": "/chat", "body": {"model": "{{ payload.model }}"}}}');
select tests.import_refused(tests.file('{"input_mtok": 1000}', 'm2', '{"equals": "m2"}')::text);
select tests.import_refused(tests.file('{}')::text);
select tests.imported(tests.file('{"input_mtok": 1000}', 'm2', '{"starts_with": "m1"}'));
select tests.imported(tests.file('{"input_mtok": 1000}', 'm2', '{"equals": "m2"}'), true);
select tests.price('m1-large');
reset session authorization;
select * from steward.prices_in_use();

\echo What a call costs, and the most that it may cost.
create function tests.cost(counted text, at timestamptz default '2026-09-01 12:00Z') returns bigint language plpgsql as $$
declare
    id uuid := steward.price_for('acme', 'm1', steward.clock());
begin
    perform steward.load_price(id);
    return steward.price_cost(id, counted, at);
end
$$;
set session authorization regress_admin;
select tests.imported(tests.file('[{"prices": {"input_mtok": {"base": 1, "tiers": [{"start": 1000, "price": 2}]}, "cache_read_mtok": 0.075, "output_mtok": 4, "web_searches_kcount": 10}},
    {"constraint": {"start_time": "18:00:00Z", "end_time": "20:00:00Z"}, "prices": {"input_mtok": 0.5, "cache_read_mtok": 0.05, "output_mtok": 2}}]'), true);
reset session authorization;
select tests.cost('{"input_tokens": 1000, "output_tokens": 1}'), tests.cost('{"input_tokens": 1001, "output_tokens": 1}'),
    tests.cost('{"input_tokens": 10, "cache_read_tokens": 1}'), tests.cost('{"input_tokens": 1, "cache_read_tokens": 1}'), tests.cost('{"web_searches": 1}'),
    tests.cost('{"input_tokens": 10}', '2026-09-01 19:59Z'), tests.cost('{"input_tokens": 10}', '2026-09-01 20:00Z');
select steward.price_most(p.id, 1000, 100), steward.price_most(p.id, 1001, 100), steward.price_most(p.id, 0, 0), steward.price_most(p.id, -1, 0),
    steward.price_most(p.id, 9223372036854775807, 0)
from (select steward.price_for('acme', 'm1', steward.clock()) as id) p;
select tests.refused(format('select tests.cost(%L)', c)) from unnest(array['{"images": 1}', '{"input_tokens": 1, "cache_read_tokens": 2}', '{"inputs": 1}', '{"input_tokens": -1}', '[]', '{']) c;
select tests.refused(format('select tests.cost(%L, %L)', '{"web_searches": 1}', '2026-09-01 19:00Z'));
select tests.masked(tests.refused($$select steward.price_most('00000000-0000-0000-0000-000000000001', 1, 1)$$));
set session authorization regress_admin;
select tests.imported(tests.file('{"input_mtok": 1000000}'), true);
reset session authorization;
select tests.refused($$select tests.cost('{"input_tokens": 1000000000000}')$$);

\echo A restore: what it brings takes the place of what came with the extension, and else nothing takes the place of anything.
begin;
create temp table dumped on commit drop as select p.* from steward.price p where p.provider = 'openai' and p.valid_to is null limit 1;
update dumped set valid_to = '2026-01-01', shipped = false;
insert into steward.price select * from dumped;
select count(*), min(p.valid_to) from steward.price p join dumped d using (id);
select tests.refused('insert into steward.price select * from dumped');
rollback;
set session authorization regress_admin;
select tests.imported('[{"id": "avian", "models": [{"id": "x", "match": {"equals": "x"}, "prices": {}}]}]') ~ '^avian: 1 added, 0 changed, [1-9][0-9]* dropped, 0 unchanged$';
select count(*) filter (where i.added > 0), sum(i.changed), sum(i.dropped) from steward.import_prices(steward.shipped_prices()) i;
reset session authorization;
select count(*) filter (where p.shipped and p.valid_to is null), count(*) filter (where p.valid_to is null) > 10 from steward.price p where p.provider = 'avian';

\echo Who may do it, and what the audit says.
select login || ': ' || tests.as_login(login, $$select count(*) from steward.import_prices(tests.file('{"input_mtok": 1}'), true)$$)
from unnest('{regress_admin,regress_owner,regress_outsider,regress_worker,regress_analyst}'::text[]) login;
select login || ': ' || tests.as_login(login, $$select count(*) > 1000 and steward.price_for('openai', 'gpt-4o-mini', '2026-10-01') is not null from steward.price$$)
from unnest('{regress_admin,regress_owner,regress_outsider,regress_worker,regress_analyst}'::text[]) login;
select login || ': ' || tests.as_login(login, $$select count(*) > 1 from steward.price_import$$) from unnest('{regress_admin,regress_owner}'::text[]) login;
select tests.code($$set local session authorization regress_owner; insert into steward.price select * from steward.price$$);
select count(*), count(*) filter (where a.detail ->> 'forced' = 'true'), min(a.object_kind), min(a.login), bool_and(a.detail ? 'content_hash' and a.detail ? 'rows')
from steward.audit a where a.act = 'import_prices';
select count(*) = (select count(*) from steward.audit a where a.act = 'import_prices') from steward.price_import;
