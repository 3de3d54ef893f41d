-- Rubrics: what leads of a workspace are scored by, as data.
--
-- define_rubric writes a draft; what_if (151_what_if.sql) says what it would change; publish_rubric puts it in force, and the one before it retires. A workspace has one rubric
-- in force at a time. A row never changes its definition: a draft that is defined again is another row. So whoever knows an id knows what it says, and scores of a rubric that retired
-- stay what they were: publishing it again is one statement, and only leads that changed meanwhile are computed anew (148_scores.sql).
-- rubric_publication says which rubric was in force when; scores as of a date are read by it.
-- What a definition may say: extension/core/src/leads/rubric/definition.rs, docs/leads.md.

create table steward.rubric (
    id uuid constraint rubric_pkey primary key,
    workspace_id uuid not null,
    name text not null constraint rubric_name_check check (name ~ '^[a-z][a-z0-9_]{0,62}$'),
    version int not null constraint rubric_version_check check (version > 0),
    state text not null constraint rubric_state_check check (state in ('draft', 'published', 'retired')),
    definition jsonb not null,
    contributions text[] not null,
    heat_labels text[] not null,
    heat_mins int[] not null,
    reads_signals boolean not null,
    defined_at timestamptz not null,
    defined_by uuid,
    zone_changed_at timestamptz,
    constraint rubric_version_key unique (workspace_id, name, version)
);
create unique index rubric_in_force on steward.rubric (workspace_id) where state operator(pg_catalog.=) 'published';
comment on table steward.rubric is 'Versions of rubrics. Kept for good; a draft goes when it is defined again.';
comment on column steward.rubric.id is 'Names this definition for ever.';
comment on column steward.rubric.workspace_id is 'Its workspace.';
comment on column steward.rubric.name is 'Name of the rubric.';
comment on column steward.rubric.version is 'Number of the version, the first being 1.';
comment on column steward.rubric.state is 'draft, published (in force) or retired.';
comment on column steward.rubric.definition is 'What it says, with everything that was left out.';
comment on column steward.rubric.contributions is 'Names of the contributions to its scores, in the order in which the ledger keeps them.';
comment on column steward.rubric.heat_labels is 'Words for scores, the coldest first.';
comment on column steward.rubric.heat_mins is 'From which score on the next word holds, in thousandths of a point, rising: one fewer than words.';
comment on column steward.rubric.reads_signals is 'Whether its scores change with signals and with time.';
comment on column steward.rubric.defined_at is 'When it was written.';
comment on column steward.rubric.defined_by is 'Who wrote it.';
comment on column steward.rubric.zone_changed_at is 'When the days of the workspace last became others: its time zone changed.';

create table steward.rubric_publication (
    workspace_id uuid not null,
    number int not null,
    rubric_id uuid not null constraint rubric_publication_rubric_fkey references steward.rubric (id),
    at timestamptz not null,
    by_user uuid,
    constraint rubric_publication_pkey primary key (workspace_id, number)
);
comment on table steward.rubric_publication is 'Which rubric a workspace put in force, and when. Rows are only added, and kept for good.';
comment on column steward.rubric_publication.workspace_id is 'The workspace.';
comment on column steward.rubric_publication.number is 'The first is 1.';
comment on column steward.rubric_publication.rubric_id is 'The version that is in force from then on.';
comment on column steward.rubric_publication.at is 'Since when.';
comment on column steward.rubric_publication.by_user is 'Who published it.';

create function steward.heat_word(labels text[], mins int[], score int) returns text
    language sql immutable parallel safe
    return case
        when score is not null and pg_catalog.array_ndims(mins) is null then labels[1]
        when pg_catalog.array_ndims(mins) operator(pg_catalog.=) 1 and pg_catalog.array_position(mins, null) is null then labels[pg_catalog.width_bucket(score, mins) operator(pg_catalog.+) 1] end;
comment on function steward.heat_word(text[], int[], int) is 'The word for a score in thousandths of a point: null for a rubric without words.';

create function steward.heat_words(definition jsonb) returns table (labels text[], mins int[])
    language sql immutable
    set search_path = pg_catalog, pg_temp
as $$
    select coalesce(array_agg(w.heat ->> 'label' order by w.place desc), '{}'), coalesce(array_agg((w.heat ->> 'min')::numeric * 1000 order by w.place desc) filter (where w.heat ? 'min'), '{}')::int[]
    from jsonb_array_elements(definition -> 'heat') with ordinality as w (heat, place)
$$;
comment on function steward.heat_words(jsonb) is 'Words of a complete rubric, the coldest first, and the scores from which on all but the coldest hold.';

create function steward.define_rubric(name text, definition jsonb, workspace_id uuid default null) returns int
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    complete jsonb;
    last steward.rubric;
    number int;
begin
    perform steward.require('name', define_rubric.name), steward.require('definition', define_rubric.definition::text), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), define_rubric.workspace_id, 'define_rubrics');
    perform steward.require_person('define_rubrics');
    if define_rubric.name !~ '^[a-z][a-z0-9_]{0,62}$' then
        perform steward.refuse('22023', 'name_invalid', 'a rubric''s name has lower-case letters, digits and _, at most 63', 'Choose a name such as inbound_fit.');
    end if;
    complete := steward.complete_rubric(define_rubric.definition::text);
    perform steward.hold_leads(workspace);
    select r.* into last from steward.rubric r where r.workspace_id = workspace and r.name = define_rubric.name order by r.version desc limit 1;
    if last.state = 'draft' then
        delete from steward.rubric r where r.id = last.id;
    end if;
    number := case when last.state = 'draft' then last.version else coalesce(last.version, 0) + 1 end;
    insert into steward.rubric (id, workspace_id, name, version, state, definition, contributions, heat_labels, heat_mins, reads_signals, defined_at, defined_by)
    select steward.new_id(), workspace, define_rubric.name, number, 'draft', complete, steward.rubric_contributions(complete::text), h.labels, h.mins, steward.rubric_reads_signals(complete::text), steward.clock(), steward.uid()
    from steward.heat_words(complete) h;
    perform steward.record_act('define_rubric', workspace, 'rubric', define_rubric.name, jsonb_build_object('version', number));
    return number;
end
$$;
comment on function steward.define_rubric(text, jsonb, uuid) is
    'Writes a draft of a rubric and returns its version; a draft of that name that is there gives way to it. Nothing is scored by it until publish_rubric. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 name_invalid, rubric_invalid, workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, 55000 isolation_unfit.';

create function steward.rubric_for(workspace_id uuid, name text, version int) returns steward.rubric
    language plpgsql stable
    set search_path = pg_catalog, pg_temp
as $$
declare
    found steward.rubric;
begin
    select r.* into found from steward.rubric r
    where r.workspace_id = rubric_for.workspace_id and r.name = rubric_for.name and r.version = coalesce(rubric_for.version, r.version)
    order by r.version desc limit 1;
    if found.id is null then
        perform steward.refuse('42704', 'rubric_unknown', format('the workspace has no rubric %L%s', left(rubric_for.name, 80), ' of version ' || rubric_for.version), 'See steward.rubrics, or define one with steward.define_rubric(name, definition).');
    end if;
    return found;
end
$$;
comment on function steward.rubric_for(uuid, text, int) is 'A version of a rubric, the last one where none is named: 42704 rubric_unknown.';

create function steward.publish_rubric(name text, version int default null, workspace_id uuid default null) returns bigint
    language plpgsql volatile security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    workspace uuid;
    rubric steward.rubric;
    written bigint;
begin
    perform steward.require('name', publish_rubric.name), steward.require_read_committed();
    workspace := steward.acting_workspace(steward.uid(), publish_rubric.workspace_id, 'define_rubrics');
    perform steward.require_person('define_rubrics');
    -- Nobody writes leads or scores of the workspace meanwhile: after it every lead has a score by this rubric.
    perform steward.hold_leads(workspace);
    rubric := steward.rubric_for(workspace, publish_rubric.name, publish_rubric.version);
    if rubric.state = 'published' then
        return 0;
    end if;
    written := steward.put_in_force(rubric);
    perform steward.record_act('publish_rubric', workspace, 'rubric', rubric.name, jsonb_build_object('version', rubric.version, 'scores', written));
    return written;
end
$$;
comment on function steward.publish_rubric(text, int, uuid) is
    'Puts a version of a rubric in force (the last one, unless named) and returns how many scores that wrote: a new version scores every lead of the workspace, in this statement; going back to one that was in force '
    'before writes only those of leads that changed meanwhile. Needs a person; for owners and admins. '
    'Errors: 22004 argument_null, 22023 workspace_ambiguous, 42501 not_a_member, person_required, 42704 workspace_unknown, rubric_unknown, 55000 isolation_unfit.';
