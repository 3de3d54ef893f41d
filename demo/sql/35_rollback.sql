\o /dev/null
create temp table plain as select * from steward.top_leads;
create temp table foretold as select * from steward.what_if((select definition from steward.rubrics where name = 'fit' and version = 2));
\o
\echo '-- It is put in force.'
select steward.publish_rubric('fit') as scores_written;
select rank, company, score, heat, owner from steward.top_leads where rank <= 5 order by rank;
\o /dev/null
create temp table bolder as select * from steward.top_leads;
\o

\echo '-- Sales does not like it. Back, in one statement: the scores of version 1 are all there, so none has to be computed.'
select steward.publish_rubric('fit', 1) as scores_written;
select rank, company, score, heat, owner from steward.top_leads where rank <= 5 order by rank;
