\echo '-- What if a yearly volume of 10,000 gave 30 points instead of 15? A draft says so. It scores nobody yet; who would be in another band?'
select steward.define_rubric('fit', jsonb_set(definition, '{terms,5,any,0,points}', '30')) as draft from steward.rubrics where name = 'fit' and version = 1;
select heat_before, heat_after, count(*) from steward.what_if((select definition from steward.rubrics where name = 'fit' and version = 2)) group by 1, 2 order by 1, 2;

select company, owner, score_before, score_after, heat_before, heat_after
from steward.what_if((select definition from steward.rubrics where name = 'fit' and version = 2)) limit 5;

select * from steward.what_if_distribution((select definition from steward.rubrics where name = 'fit' and version = 2));
