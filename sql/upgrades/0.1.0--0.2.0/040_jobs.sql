-- Room on each page for the one update of a job, in pages that are filled from now on.

alter table steward.job set (fillfactor = 50);
