-- What doctor (097_doctor.sql) says of leads.

create function steward.doctor_of_leads() returns table (check_name text, verdict text, detail text)
    language sql stable
    set search_path = pg_catalog, pg_temp
as $$
    with waiting as materialized (
        select w.id, w.slug, steward.clock() - least(
            (select s.noted_at from steward.stale_lead s where s.workspace_id = w.id order by s.number limit 1),
            (select s.due_at from steward.lead_score s where s.rubric_id = r.id and s.superseded_at is null and s.due_at is not null order by s.due_at limit 1)) as age
        from steward.workspace w join steward.rubric r on r.workspace_id = w.id and r.state = 'published'
    )
    select 'scores', case when max(w.age) > interval '10 minutes' then 'late' else 'ok' end,
        case when max(w.age) > interval '10 minutes' then format('leads of workspace %s wait for their scores since %s minutes: start a worker or call steward.upkeep(); where there is one, its log says what stops it',
            (array_agg(w.slug order by w.age desc nulls last))[1], floor(extract(epoch from max(w.age)) / 60)) else 'no lead waits for its score for more than ten minutes' end
    from waiting w having count(*) > 0
    union all
    select 'scores of ' || w.slug, 'failing', format('scores of %s leads cannot be computed, the last with %s: steward.score_leads(%L) says why; they are tried every ten minutes', count(*),
        (array_agg(u.code order by u.failed_at desc))[1], w.id)
    from steward.unscored_lead u join steward.workspace w on w.id = u.workspace_id group by w.id, w.slug
    union all
    select 'rubric of ' || w.slug, 'absent', 'it has leads, and no rubric is in force: steward.define_rubric, then steward.publish_rubric'
    from steward.workspace w
    where exists (select from steward.lead l where l.workspace_id = w.id) and not exists (select from steward.rubric r where r.workspace_id = w.id and r.state = 'published')
$$;
comment on function steward.doctor_of_leads() is 'The checks of doctor that concern scores of leads; none where there are no leads.';
