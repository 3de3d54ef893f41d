-- A database of the benches: a workspace, its one member, two tools, and bare tables to compare with. roles.sql comes first.

select steward.create_workspace('bench', 'Bench') as workspace \gset
select steward.map_login('bench_member', '11111111-1111-1111-1111-111111111111');
select steward.add_member(:'workspace', '11111111-1111-1111-1111-111111111111', 'editor');

-- As many calls at once as each row means to make, and more money than they may cost.
select steward.set_limit('provider', null, 'running', 'total', 100000);
select steward.set_limit('plan', 'self_hosted', 'cost', 'day', 1000000);
select steward.define_provider('openai', '{
    "base_url": "https://api.openai.com/v1", "headers": {"authorization": "Bearer {{ secret.OPENAI_API_KEY }}"}}');
select steward.define_tool('carousel', '{
    "title": "Carousel", "executor": "http", "provider": "openai", "adapter": "openai_chat", "realtime": true,
    "price": {"call": "0.0001"},
    "request": {"body": {"model": "{{ payload.model }}", "messages": [
        {"role": "user", "content": "Write {{ payload.slides }} slides about {{ payload.topic }} for {{ payload.audience }}"}]}},
    "payload_schema": {
        "type": "object", "additionalProperties": false, "required": ["model", "topic", "slides"],
        "properties": {
            "model": {"type": "string", "maxLength": 100}, "topic": {"type": "string", "maxLength": 500},
            "audience": {"type": "string"}, "slides": {"type": "integer", "minimum": 1, "maximum": 20},
            "tags": {"type": "array", "items": {"type": "string"}}}}}');
select steward.define_tool('noop', '{"executor": "noop", "queue": "noop"}');

-- What the same role could do without us: the payload alone, and the same rows that an enqueue writes, with the same indexes.
create schema bare;
create table bare.payload (id bigint generated always as identity primary key, payload jsonb not null);
create table bare.job (like steward.job including all);
create table bare.ready (like steward.ready including all);
grant usage on schema bare to bench_member;
grant select, insert on all tables in schema bare to bench_member;
-- The bare rows get the same time-ordered ids: random ones would make the reference slower than it is.
grant execute on function steward.new_id() to bench_member;

-- Other queues own their tables and are no superusers either.
select format('grant create on database %I to bench_peer', current_database()) \gexec
grant usage, create on schema public to bench_peer;
