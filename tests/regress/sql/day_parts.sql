-- Windows around clock changes: a part begins late and ends early where a time of day comes twice, or never.
\pset tuples_only on
\pset format unaligned
set timezone = 'UTC';
select z, d, steward.day_parts(d, m, z)
from (values
    -- 02:00 becomes 03:00: 02:30 never comes. It is an end by the time before, and a beginning by the time after.
    ('Europe/Berlin', '2027-03-28'::date, '{60,150}'::int[]), ('Europe/Berlin', '2027-03-28', '{150,240}'),
    -- 03:00 becomes 02:00: 02:30 comes twice. The first one ends, the second one begins.
    ('Europe/Berlin', '2027-10-31', '{60,150}'), ('Europe/Berlin', '2027-10-31', '{150,240}'),
    -- Where summer is what is called standard time.
    ('Europe/Dublin', '2027-10-31', '{30,90}'), ('Europe/Dublin', '2027-10-31', '{90,180}'),
    -- 22:00 becomes 21:00 on the evening before: the ordinary window ends at the first 21:00.
    ('Pacific/Easter', '2027-04-03', '{540,1260}'), ('Australia/Lord_Howe', '2027-10-03', '{60,150}'), ('America/New_York', '2027-03-14', '{60,150}'),
    -- Nothing changes near it; midnight to midnight.
    ('Asia/Kathmandu', '2027-03-28', '{540,720,840,1080}'), ('Europe/Berlin', '2027-03-28', '{0,1440}'), ('Europe/Berlin', '2027-10-31', '{0,1440}'), ('UTC', '2028-02-29', '{540,1260}')) as v (z, d, m);
-- In every zone and on every day of a year: a part shows no time of day that is not its own.
select count(*) > 200000, count(*) filter (where (p[1] at time zone z.name) < d + time '09:00' or (p[2] at time zone z.name) > d + time '21:00'
    or (p[2] - interval '1 microsecond') at time zone z.name >= d + time '21:00')
from pg_timezone_names z cross join generate_series('2027-01-01'::date, '2027-12-31', '1 day') g cross join lateral (select g::date as d) x cross join lateral steward.day_parts(x.d, '{540,1260}', z.name) p;
