-- The best leads, page by page; and what the view of them (907_top_leads.sql) says in words.

-- Five points move a lead by half a band of ten. In thousandths of a point; each argument stands once, so that a subselect may take the place of one when the planner puts this into a statement.
create function steward.trend(score int, before int) returns text
    language sql immutable parallel safe
    return coalesce((array['falling', 'steady', 'rising'])[
        pg_catalog.width_bucket(score::pg_catalog.int8 operator(pg_catalog.-) before, array[-4999, 5000]::pg_catalog.int8[]) operator(pg_catalog.+) 1], 'not enough data');
comment on function steward.trend(int, int) is 'Where a score is going, against that of seven days ago: rising, steady, falling, or not enough data.';

create function steward.read_page(after text) returns table (score int, lead_id uuid)
    language plpgsql immutable
    set search_path = pg_catalog, pg_temp
as $$
begin
    if after is null then
        return query select 2147483647, '00000000-0000-0000-0000-000000000000'::uuid;
    elsif after !~ '^-?[0-9]{1,10}/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$' or split_part(after, '/', 1)::bigint not between -2147483648 and 2147483647 then
        perform steward.refuse('22023', 'page_invalid', 'that is no end of a page', 'Pass the page_end of the last row that you have, as it is.');
    end if;
    return query select split_part(after, '/', 1)::int, split_part(after, '/', 2)::uuid where after is not null;
end
$$;
comment on function steward.read_page(text) is 'Where a page of leads ended: 22023 page_invalid.';

-- The scores that a word stands for; none for a word that the rubric does not have.
create function steward.heat_range(rubric steward.rubric, heat text, out low int, out high int)
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    place constant int := array_position(rubric.heat_labels, heat_range.heat);
begin
    if heat_range.heat is not null and place is null then
        perform steward.refuse('22023', 'heat_unknown', 'the rubric in force has no such word', format('Use one of: %s.', array_to_string(rubric.heat_labels, ', ')));
    end if;
    low := coalesce(rubric.heat_mins[place - 1], -2147483648);
    high := coalesce(rubric.heat_mins[place] - 1, 2147483647);
end
$$;
comment on function steward.heat_range(steward.rubric, text) is
    'From which score to which a word of a rubric holds, in thousandths of a point; for null, all there are. Refuses a word that it has not: 22023 heat_unknown.';

-- Where both ways take as long, for a page of 50 of a million leads: 4,000 leads put in order are 4,000 look-ups of a score, and one lead in 250 is met 50 times in 12,500 look-ups of a lead, each a
-- third of the work. Of 300,000: 2 ms instead of 224 ms for an owner of a hundred, 12 ms instead of 300 ms for one of 19,000.
create function steward.few_leads() returns int
    language sql immutable parallel safe
    return 4000;
comment on function steward.few_leads() is 'Leads of an owner or a segment that are put in order by themselves, at most.';

-- By the index alone: the planner would look for them among all, as if each owner had as many as any other.
create function steward.has_few_leads(workspace_id uuid, owner text, segment text) returns boolean
    language sql stable
    set search_path = pg_catalog, pg_temp
    set enable_seqscan = off
    set enable_bitmapscan = off
as $$
    select has_few_leads.owner is not null and steward.few_leads() >= (
            select count(*) from (select from steward.lead l where l.workspace_id = has_few_leads.workspace_id and coalesce(l.owner, l.suggested_owner) = has_few_leads.owner limit steward.few_leads() + 1) o)
        or has_few_leads.segment is not null and steward.few_leads() >= (
            select count(*) from (select from steward.lead l where l.workspace_id = has_few_leads.workspace_id and l.segment = has_few_leads.segment limit steward.few_leads() + 1) g)
$$;
comment on function steward.has_few_leads(uuid, text, text) is 'Whether an owner or a segment has few leads of a workspace; false where neither is named.';

-- Both ways go as they are written (limit, offset 0), by indexes (enable_seqscan): the planner, which knows nothing of a rubric that came into force a minute ago, would read a million leads for the one or the other.
create function steward.page_of_scores(rubric steward.rubric, owner text, segment text, low int, high int, below int, after_lead uuid, page_size int) returns setof steward.lead_score
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
    set plan_cache_mode = force_custom_plan
    set enable_seqscan = off
    set jit = off
as $$
begin
    if steward.has_few_leads(rubric.workspace_id, page_of_scores.owner, page_of_scores.segment) then
        return query
        select k.*
        from (
            select l.id from steward.lead l
            where l.workspace_id = rubric.workspace_id and (page_of_scores.owner is null or coalesce(l.owner, l.suggested_owner) = page_of_scores.owner)
                and (page_of_scores.segment is null or l.segment = page_of_scores.segment) offset 0) l
        cross join lateral (select s.* from steward.lead_score s where s.rubric_id = rubric.id and s.lead_id = l.id and s.superseded_at is null limit 1) k
        where not k.closed and k.score between page_of_scores.low and least(page_of_scores.high, page_of_scores.below) and (k.score < page_of_scores.below or k.lead_id > page_of_scores.after_lead)
        order by k.score desc, k.lead_id limit page_of_scores.page_size;
        return;
    end if;
    return query
    select s.*
    from (
        select k.* from steward.lead_score k
        where k.rubric_id = rubric.id and k.superseded_at is null and not k.closed and k.score between page_of_scores.low and least(page_of_scores.high, page_of_scores.below)
            and (k.score < page_of_scores.below or k.lead_id > page_of_scores.after_lead)
        order by k.score desc, k.lead_id) s
    cross join lateral (select i.owner, i.suggested_owner, i.segment from steward.lead i where i.id = s.lead_id limit 1) l
    where (page_of_scores.owner is null or coalesce(l.owner, l.suggested_owner) = page_of_scores.owner) and (page_of_scores.segment is null or l.segment = page_of_scores.segment)
    limit page_of_scores.page_size;
end
$$;
comment on function steward.page_of_scores(steward.rubric, text, text, int, int, int, uuid, int) is
    'The best scores by a rubric of open leads, those of an owner and a segment where they are named, from one score to another, after a score and a lead of that score.';

create function steward.page_leads(owner text default null, segment text default null, heat text default null, after text default null, page_size int default 50, workspace_id uuid default null)
    returns table (lead_id uuid, company text, full_name text, email text, provider_id text, lead_segment text, lead_owner text, score numeric, lead_heat text, trend text, last_signal_at timestamptz,
        reasons text[], page_end text)
    language plpgsql stable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace constant uuid := steward.acting_workspace(steward.uid(), page_leads.workspace_id, 'read');
    week_ago constant timestamptz := steward.now() - interval '7 days';
    rubric steward.rubric;
    page record;
    low int;
    high int;
begin
    if page_leads.page_size is null or page_leads.page_size not between 1 and 1000 then
        perform steward.refuse('22023', 'page_invalid', 'a page has 1 to 1000 leads', 'Pass a page_size between 1 and 1000.');
    end if;
    select r.* into rubric from steward.rubric r where r.workspace_id = workspace and r.state = 'published';
    select p.* into page from steward.read_page(page_leads.after) p;
    if page_leads.heat is not null then
        perform steward.rubric_in_force(workspace);
    end if;
    select h.low, h.high into low, high from steward.heat_range(rubric, page_leads.heat) h;
    return query
    select s.lead_id, l.company, l.full_name, l.email, l.provider_id, l.segment, coalesce(l.owner, l.suggested_owner), steward.in_points(s.score), steward.heat_word(rubric.heat_labels, rubric.heat_mins, s.score),
        steward.trend(s.score, case
            when s.at <= week_ago then s.score
            when s.version > 1 then (
                select b.score from steward.lead_score b where b.rubric_id = s.rubric_id and b.lead_id = s.lead_id and b.at <= week_ago order by b.version desc limit 1) end),
        (select max(g.occurred_at) from steward.signal g where g.lead_id = s.lead_id), steward.top_reasons(rubric.contributions, s.contributions), format('%s/%s', s.score, s.lead_id)
    from steward.page_of_scores(rubric, page_leads.owner, page_leads.segment, low, high, page.score, page.lead_id, page_leads.page_size) s
    cross join lateral (select i.* from steward.lead i where i.id = s.lead_id limit 1) l
    order by s.score desc, s.lead_id;
end
$$;
comment on function steward.page_leads(text, text, text, text, int, uuid) is
    'The best open leads of a workspace, page by page: after is the page_end of the last row before. owner, segment and heat: only theirs. For every member. '
    'Errors: 22023 page_invalid, heat_unknown, workspace_ambiguous, 42501 not_a_member, 42704 workspace_unknown, 55000 no_rubric (for a word of heat).';
