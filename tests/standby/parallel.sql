-- Parallel workers: the scores of all leads, computed anew, and words of scores as a viewer under row security reads them. Of each the plan as it ran, what it found, and what one process finds.
set parallel_setup_cost = 0;
set parallel_tuple_cost = 0;
set min_parallel_table_scan_size = 0;
set min_parallel_index_scan_size = 0;
set max_parallel_workers_per_gather = 2;
prepare computed(text) as
select $1, sum(steward.score_of(steward.score_contributions(r.id, r.definition, l, null, null, null, null, '2026-01-01', steward.lead_likelihood(m.id, m.fitted, l), m.base))), count(*)
from steward.lead l
join steward.rubric r on r.workspace_id = l.workspace_id and r.name = 'engaged'
join steward.model m on m.workspace_id = l.workspace_id;
prepare read(text) as
select $1, sum(steward.in_points(s.score)), count(steward.heat_word(r.heat_labels, r.heat_mins, s.score)) from steward.lead_score s join steward.rubric r on r.id = s.rubric_id;
explain (analyze, costs off, timing off, summary off) execute computed('parallel');
execute computed('parallel');
set max_parallel_workers_per_gather = 0;
execute computed('alone');
set session authorization standby_viewer;
set max_parallel_workers_per_gather = 2;
explain (analyze, costs off, timing off, summary off) execute read('parallel');
execute read('parallel');
set max_parallel_workers_per_gather = 0;
execute read('alone');
