-- Says goodbye: worker $1 stopped in good order and holds nothing.
select steward.retire_worker($1)
