-- Runs the function of attempt $3 of job $2, with its token $4 and its input $5, and ends the attempt of worker $1 with the result.
select steward.run_function($1, $2, $3, $4, $5)
