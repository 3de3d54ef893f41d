-- Saves how far attempt $2 of job $1 has come ($3), for the next one to go on from there; false when the attempt is no longer live.
select steward.save_checkpoint($1, $2, $3)
