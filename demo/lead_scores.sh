# The last act of demo/run.sh, which sources this: 500 leads come in, get owners and scores, and one of them moves. It uses
# run.sh's functions, and the account of account_week.sh.
# shellcheck disable=SC2154

# picture FILE STATEMENT: writes what the statement draws.
picture() {
  psql -XqAtU demo_manager -c "$2" >"$1"
  grep -q '^<svg' "$1" || die "this is no picture: $1"
  echo "-- $2 is a picture: $1"
}

lead_scores() {
  local account pictures=${STEWARD_BIN%/*/*}   # they outlive the demo
  account=$(psql -XqAtU demo_app -c 'select id from steward.accounts')
  heading '500 leads'
  act demo_app 30_leads
  heading 'Their scores'
  act demo_manager 31_rubric 32_top 33_signal 34_what_if 35_rollback 36_actions 37_model 38_leads_hold -v "account=$account"
  picture "$pictures/demo-scores.svg" 'select steward.score_distribution_svg()'
  picture "$pictures/demo-lift.svg" "select steward.lift_chart_svg('likely')"
}
