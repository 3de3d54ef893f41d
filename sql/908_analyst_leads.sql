-- Scores of leads for analysts: what a lead gets and of which contributions, not who it is (see 905_analyst_views.sql for the rules of such views).

create view steward.analyst_lead_scores with (security_barrier = true) as
select k.workspace_id,
    left(encode(sha256(i.salt || uuid_send(k.lead_id)), 'hex'), 16) as lead_pseudonym,
    left(encode(sha256(i.salt || convert_to(coalesce(l.owner, l.suggested_owner), 'UTF8')), 'hex'), 16) as owner_pseudonym,
    r.name as rubric, r.version as rubric_version, r.state as rubric_state,
    steward.in_points(k.score) as score, steward.heat_word(r.heat_labels, r.heat_mins, k.score) as heat,
    (select jsonb_object_agg(p.contribution, steward.in_points(p.points)) from unnest(r.contributions, k.contributions) as p (contribution, points)) as contributions,
    k.at as scored_at, k.superseded_at, l.outcome, l.outcome_at, l.created_at
from steward.lead_score k
join steward.rubric r on r.id = k.rubric_id
join steward.lead l on l.id = k.lead_id
cross join (select i.salt from steward.installation i order by i.since, i.id limit 1) i
where k.workspace_id in (select steward.my_workspaces());
comment on view steward.analyst_lead_scores is 'Scores of the leads of the analyst''s workspaces, now (superseded_at is null, rubric_state published) and before, with personal data masked.';
comment on column steward.analyst_lead_scores.workspace_id is 'The workspace.';
comment on column steward.analyst_lead_scores.lead_pseudonym is 'Stands for the lead: 16 hexadecimal digits, the same for the same lead.';
comment on column steward.analyst_lead_scores.owner_pseudonym is 'Stands for its owner; null for nobody''s.';
comment on column steward.analyst_lead_scores.rubric is 'The rubric, shown as it is: names of rubrics, contributions and heats should name no person.';
comment on column steward.analyst_lead_scores.rubric_version is 'Its version.';
comment on column steward.analyst_lead_scores.rubric_state is 'published (in force) or retired.';
comment on column steward.analyst_lead_scores.score is 'Points.';
comment on column steward.analyst_lead_scores.heat is 'The rubric''s word for the score.';
comment on column steward.analyst_lead_scores.contributions is 'What makes the score: points by contribution. Their sum is the score.';
comment on column steward.analyst_lead_scores.scored_at is 'Since when the score is, or was, this.';
comment on column steward.analyst_lead_scores.superseded_at is 'Until when it was; null while it is.';
comment on column steward.analyst_lead_scores.outcome is 'won or lost; null while the lead is open.';
comment on column steward.analyst_lead_scores.outcome_at is 'When it was won or lost.';
comment on column steward.analyst_lead_scores.created_at is 'When the lead was first told of.';
