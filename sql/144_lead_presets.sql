-- The rubrics and rules of ownership that come with the extension (packaging/leads): a workspace takes one over under a name of its own, and changes it as it likes.
--
-- inbound_fit_v1: nine terms, 110 points at most, told as 0 to 100. inbound_engaged_v1: the same, and what leads do. rank_0_10: the first of three columns of older lists, as it is.
-- ownership_v1: two owners by segment, then by words.

create function steward.lead_preset(kind text, name text) returns jsonb
    language plpgsql immutable security definer
    set search_path = pg_catalog, pg_temp
as $$
declare
    found jsonb;
begin
    perform steward.require('kind', lead_preset.kind), steward.require('name', lead_preset.name);
    select p.definition into found from steward.lead_presets() p where p.kind = lead_preset.kind and p.name = lead_preset.name;
    if found is null then
        perform steward.refuse('42704', 'preset_unknown', 'there is no preset of that kind and name', 'See: select kind, name from steward.lead_presets().');
    end if;
    return found;
end
$$;
comment on function steward.lead_preset(text, text) is
    'A rubric or rules of ownership that come with the extension, to define as they are or changed: select steward.define_rubric(''fit'', steward.lead_preset(''rubric'', ''inbound_fit_v1'')). '
    'Errors: 22004 argument_null, 42704 preset_unknown.';
