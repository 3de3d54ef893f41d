\echo '-- Twenty of them are 80 cents. Before any of them runs: what will they cost, how many fit, and when do the others run?'
select count(steward.enqueue('illustrate', jsonb_build_object('slide', n))) as illustrations from generate_series(1, 20) as n;

select item, jobs, at_most, fits_jobs, fits_cost, frees_at, last_at, never
from steward.forecast(queue => 'pictures');
