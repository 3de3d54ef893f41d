-- Since when a workspace has its plan.

alter table steward.workspace
    add column plan_since timestamptz;
comment on column steward.workspace.plan_since is 'When it got its plan; null since it was created.';
