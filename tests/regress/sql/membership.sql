-- Membership counts again when a job is claimed and when an attempt ends: nothing is done for somebody who has left.
\pset tuples_only on
\pset format unaligned
select steward.map_login('postgres', tests.person('editor'));
select steward.define_provider('shop', '{"base_url": "https://shop.example"}');
select steward.define_tool('read', '{"executor": "http", "provider": "shop", "adapter": "http_json", "request": {"path": "/read"}}');
select steward.define_tool('send', '{"executor": "http", "provider": "shop", "adapter": "http_json", "effect": "external", "request": {"path": "/send"}}');
create function tests.left_by(person text) returns void language sql volatile as $$
    select steward.remove_member(tests.workspace('acme'), tests.person(person))
$$;
create function tests.back(person text, role text) returns void language sql volatile as $$
    select steward.add_member(tests.workspace('acme'), tests.person(person), role)
$$;
create function tests.manager() returns void language sql volatile as $$ select steward.map_login('postgres', tests.person('owner')) $$;
create function tests.editor() returns void language sql volatile as $$ select steward.map_login('postgres', tests.person('editor')) $$;

-- A queued job of somebody who left fails at its claim: nothing leaves, no try is burned. Those of others in the batch run.
select steward.enqueue('noop', idempotency_key => 'mine', queue => 'q') is not null;
select steward.map_login('postgres', tests.person('manager'));
select steward.enqueue('noop', idempotency_key => 'another''s', queue => 'q') is not null;
select tests.manager(), tests.left_by('editor');
select tests.claimed('q'), tests.place('mine'), tests.place('another''s');
-- Back again, a person lets it run again; a change of role alone stops nothing.
select tests.back('editor', 'editor'), steward.retry_job(tests.job('mine')), tests.back('editor', 'viewer'), tests.claimed('q'), tests.place('mine');

-- What was under way when its user left ends as it ended: a success is kept,
select tests.back('editor', 'editor'), tests.editor();
select tests.started('read', 'answered'), tests.started('read', 'unanswered'), tests.started('send', 'unsure'), tests.started('send', 'unsent'),
    tests.started('send', 'late');
select tests.manager(), tests.left_by('editor');
select tests.finished('answered', '{"phase": "answered", "status": 200, "body": "{}"}'), tests.place('answered');
-- what would be tried again is not,
select tests.finished('unanswered', '{"phase": "answered", "status": 503, "headers": {"retry-after": "1"}}'), tests.place('unanswered');
select tests.finished('unsent', '{"phase": "unsent"}'), tests.place('unsent');
select number, state, decision, error_code, error_message from steward.attempt where job_id in (tests.job('unanswered'), tests.job('unsent')) order by state;
-- and a doubt stays one, until evidence comes that nothing was sent: then it is not sent any more.
select tests.finished('unsure', '{"phase": "lost"}'), tests.place('unsure');
select tests.finished('late', '{"phase": "lost"}'), tests.finished('late', '{"phase": "unsent"}'), tests.place('late');

-- Each of both checks, taken out, shows here.
create function tests.without(routine regprocedure, fragment text, statement text) returns text language plpgsql as $$
declare
    definition constant text := pg_get_functiondef(routine);
    answer text;
begin
    if position(fragment in definition) = 0 then
        return 'THE FUNCTION HAS NO SUCH CHECK';
    end if;
    execute replace(definition, fragment, 'true');
    execute statement into answer;
    raise exception using errcode = 'TS001', message = answer;
exception when sqlstate 'TS001' then
    return sqlerrm;
end
$$;
select tests.back('editor', 'editor'), tests.editor();
select steward.enqueue('noop', idempotency_key => 'to-claim', queue => 'w') is not null, tests.started('read', 'to-finish');
select tests.manager(), tests.left_by('editor');
select tests.without('steward.claim_jobs(text,text[],integer)', 'exists (select from steward.member m where m.user_id = j.user_id and m.workspace_id = j.workspace_id)',
    $$select tests.claimed('w') || ': ' || tests.place('to-claim')$$);
select tests.claimed('w') || ': ' || tests.place('to-claim');
select tests.without('steward.settle_outcomes(text,json[],boolean)', 'exists (select from steward.member m where m.user_id = l.user_id and m.workspace_id = l.workspace_id)',
    $$select tests.finished('to-finish', '{"phase": "unsent"}') || ': ' || tests.place('to-finish')$$);
select tests.finished('to-finish', '{"phase": "unsent"}') || ': ' || tests.place('to-finish');
