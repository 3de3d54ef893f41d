\echo '-- Those that fit have run. The others are no errors and are not lost: they wait, and say why and until when.'
select state, waiting_for, waiting_until, count(*) as jobs from steward.jobs where tool = 'illustrate'
group by state, waiting_for, waiting_until order by state;

select check_name, verdict, detail, retry_at
from steward.explain_job((select min(id::text)::uuid from steward.jobs where tool = 'illustrate' and state = 'waiting'))
where verdict <> 'pass';

select words, used, held, remaining, percent, window_ends_at, waiting from steward.limit_status where words like '$0.50 %';
