-- What a sales engineer opens at nine: whom to turn to, in order, and why.

create view steward.rubrics with (security_invoker = true) as
select r.id, r.workspace_id, r.name, r.version, r.state, r.definition, r.contributions, r.defined_at, r.defined_by,
    (select max(p.at) from steward.rubric_publication p where p.rubric_id = r.id) as published_at
from steward.rubric r;
comment on view steward.rubrics is 'Versions of the rubrics of your workspaces.';
comment on column steward.rubrics.id is 'Id of the version.';
comment on column steward.rubrics.workspace_id is 'Its workspace.';
comment on column steward.rubrics.name is 'Name of the rubric.';
comment on column steward.rubrics.version is 'Number of the version.';
comment on column steward.rubrics.state is 'draft, published (in force) or retired.';
comment on column steward.rubrics.definition is 'What it says, with everything that was left out.';
comment on column steward.rubrics.contributions is 'Names of the contributions to its scores.';
comment on column steward.rubrics.defined_at is 'When it was written.';
comment on column steward.rubrics.defined_by is 'Who wrote it.';
comment on column steward.rubrics.published_at is 'When it came into force, the last time.';

create view steward.models with (security_invoker = true) as
select m.id, m.workspace_id, m.name, m.version, m.state, m.definition, m.base, (m.figures ->> 'leads')::int as leads, (m.figures ->> 'wins')::int as wins,
    round((m.figures #>> '{auc,value}')::numeric, 4) as auc, round((m.figures #>> '{auc,low}')::numeric, 4) as auc_low, round((m.figures #>> '{auc,high}')::numeric, 4) as auc_high,
    round((m.figures #>> '{reliability,brier}')::numeric, 4) as brier, round((m.figures #>> '{reliability,ece}')::numeric, 4) as ece, round((m.figures #>> '{reliability,log_loss}')::numeric, 4) as log_loss,
    round((m.figures #>> '{deciles,0,lift}')::numeric, 3) as top_decile_lift, round((m.rubric_figures #>> '{auc,value}')::numeric, 4) as rubric_auc,
    array(select a ->> 'field' from jsonb_array_elements(m.alarms) a) as alarms, steward.verdict(m.figures, m.alarms) as note, m.trained_at, m.trained_by
from steward.model m;
comment on view steward.models is 'Models of your workspaces with their figures on leads that they were not trained on; steward.evaluate_model tests one again.';
comment on column steward.models.id is 'Id of the model.';
comment on column steward.models.workspace_id is 'Its workspace.';
comment on column steward.models.name is 'Name of the model.';
comment on column steward.models.version is 'Number of the training.';
comment on column steward.models.state is 'trained, published (in force) or retired.';
comment on column steward.models.definition is 'What it learned from.';
comment on column steward.models.base is 'Share of its training leads that were won.';
comment on column steward.models.leads is 'Leads that it was tested on.';
comment on column steward.models.wins is 'How many of them were won.';
comment on column steward.models.auc is 'Chance that it ranks a lead that was won above one that was lost: 0.5 is none.';
comment on column steward.models.auc_low is 'Where the 95 % interval of that begins.';
comment on column steward.models.auc_high is 'Where it ends.';
comment on column steward.models.brier is 'Mean squared difference of likelihood and outcome.';
comment on column steward.models.ece is 'Expected calibration error: how far likelihoods are from what happens, over ten bins.';
comment on column steward.models.log_loss is 'Mean of -ln of the likelihood of what happened.';
comment on column steward.models.top_decile_lift is 'How many times as many of its best tenth were won as of all.';
comment on column steward.models.rubric_auc is 'AUC of the rubric in force then, on the same leads.';
comment on column steward.models.alarms is 'Features that are too good to have been known before the outcome.';
comment on column steward.models.note is 'What the figures mean.';
comment on column steward.models.trained_at is 'When it was trained.';
comment on column steward.models.trained_by is 'Who trained it.';

-- Ranks come out of an index in their order, so a condition on rank, or a limit, ends the reading: window functions stop at rank <= n since PostgreSQL 15.
-- Each row of a lead is looked up after its rank is known, one by one (limit 1 keeps it so): a join would read all leads first.
-- A page of it is read lead by lead, in the order of the index, and nobody's look-ups are made but those of the columns that were asked for. The two limits limit nothing, and every score is in
-- the range: they are there for the planner, which does not know how far it will read, expects all of a million leads with all their look-ups, and would compile the statement first (jit):
-- 300 ms for a query of one. Of a limit and a range that it learns only later it expects a tenth and a two-hundredth.
create view steward.top_leads with (security_invoker = true) as
select ranked.rank, ranked.lead_id, r.workspace_id, l.company, l.full_name, l.email, l.provider_id, l.segment, l.owner, steward.in_points(ranked.score) as score,
    steward.heat_word(r.heat_labels, r.heat_mins, ranked.score) as heat,
    steward.trend(ranked.score, case
        when ranked.at <= (select steward.now() - interval '7 days') then ranked.score
        when ranked.version > 1 then (
            select b.score from steward.lead_score b
            where b.rubric_id = r.id and b.lead_id = ranked.lead_id and b.at <= (select steward.now() - interval '7 days')
            order by b.version desc limit 1) end) as trend,
    (select max(g.occurred_at) from steward.signal g where g.lead_id = ranked.lead_id) as last_signal_at,
    steward.top_reasons(r.contributions, ranked.contributions) as reasons, r.name as rubric, r.version as rubric_version, ranked.at as scored_at, l.outcome
from steward.rubric r
cross join lateral (
    select row_number() over (order by s.score desc, s.lead_id) as rank, s.lead_id, s.version, s.score, s.contributions, s.at
    from (
        select t.*
        from (
            select k.lead_id, k.version, k.score, k.contributions, k.at from steward.lead_score k
            where k.rubric_id = r.id and k.superseded_at is null and not k.closed
            order by k.score desc, k.lead_id limit (select null::bigint)) t
        order by t.score desc, t.lead_id limit (select null::bigint)) s
    where s.score between (select -2147483648) and (select 2147483647)) ranked
cross join lateral (
    select i.company, i.full_name, i.email, i.provider_id, i.segment, coalesce(i.owner, i.suggested_owner) as owner, i.outcome
    from steward.lead i where i.id = ranked.lead_id limit 1) l
where r.state = 'published';
comment on view steward.top_leads is
    'Open leads of your workspaces, the best of each first: where rank <= 50. Who was won or lost has no rank. steward.page_leads pages on, and filters by owner, segment and heat; steward.explain_score says all of why.';
comment on column steward.top_leads.rank is 'Its place in its workspace; of equal scores the lead that was known first.';
comment on column steward.top_leads.lead_id is 'The lead.';
comment on column steward.top_leads.workspace_id is 'Its workspace.';
comment on column steward.top_leads.company is 'Name of the company.';
comment on column steward.top_leads.full_name is 'Name of the person.';
comment on column steward.top_leads.email is 'E-mail address.';
comment on column steward.top_leads.provider_id is 'The id or link by which the provider knows it: whom steward.schedule_action takes.';
comment on column steward.top_leads.segment is 'Segment.';
comment on column steward.top_leads.owner is 'Whose it is: as a person said, else as the rules of ownership suggest.';
comment on column steward.top_leads.score is 'Points.';
comment on column steward.top_leads.heat is 'The rubric''s word for the score.';
comment on column steward.top_leads.trend is 'rising, steady or falling: against seven days ago, by five points; not enough data where the score is younger.';
comment on column steward.top_leads.last_signal_at is 'When it did something last.';
comment on column steward.top_leads.reasons is 'The three contributions that give most.';
comment on column steward.top_leads.rubric is 'The rubric in force.';
comment on column steward.top_leads.rubric_version is 'Its version.';
comment on column steward.top_leads.scored_at is 'Since when the score is this.';
comment on column steward.top_leads.outcome is 'null; won or lost for the seconds until scores are refreshed.';

create view steward.lead_timeline with (security_invoker = true) as
select v.lead_id, v.workspace_id, v.at, 'change' as kind, format('version %s: %s', v.version, (select string_agg(k, ', ' order by k) from jsonb_object_keys(v.after) k)) as what, v.source_kind, v.source
from steward.lead_version v
union all
select s.lead_id, s.workspace_id, s.occurred_at, 'signal', case when s.amount = 1 then s.kind else format('%s (%s)', s.kind, s.amount) end, s.source_kind, s.source_id
from steward.signal s where s.lead_id is not null
union all
select s.lead_id, s.workspace_id, s.at, 'score', format('%s by %s version %s', steward.in_points(s.score), r.name, r.version), null, null
from steward.lead_score s join steward.rubric r on r.id = s.rubric_id
union all
select a.lead_id, a.workspace_id, coalesce(a.ended_at, a.claimed_at, a.scheduled_at), 'action', format('%s %s', a.kind, a.state), 'action', a.id::pg_catalog.text
from steward.action a where a.lead_id is not null;
comment on view steward.lead_timeline is 'What happened to the leads of your workspaces: changes, signals, scores, actions. Order it by at.';
comment on column steward.lead_timeline.lead_id is 'The lead.';
comment on column steward.lead_timeline.workspace_id is 'Its workspace.';
comment on column steward.lead_timeline.at is 'When.';
comment on column steward.lead_timeline.kind is 'change, signal, score or action.';
comment on column steward.lead_timeline.what is 'What, in words.';
comment on column steward.lead_timeline.source_kind is 'Who told of it, or what it came of.';
comment on column steward.lead_timeline.source is 'Which one.';
