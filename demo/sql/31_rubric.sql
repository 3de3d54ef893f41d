\echo '-- Whose they are, and what they are worth: rules and a rubric that come with the extension. Defining and publishing needs an owner or admin, in person.'
select steward.set_routing(steward.lead_preset('routing', 'ownership_v1')) as owners_suggested;
select owner, segments[1:2] as segments, keywords
from jsonb_to_recordset(steward.lead_preset('routing', 'ownership_v1') -> 'owners') as o (owner text, segments text[], keywords text[]);

select steward.define_rubric('fit', steward.lead_preset('rubric', 'inbound_engaged_v1')) as version;
select steward.publish_rubric('fit') as scores_written;
