# Sourced by the tests of backups: sentences that hold or do not, psql, and servers of their own. After scripts/common.sh.
here=$(dirname "${BASH_SOURCE[0]}")

# Where every sentence is noted, by whichever script says it: run.sh counts what did not hold.
say_sentence() { tee -a "$SENTENCES"; }

# story TITLE: what the next sentences are about.
story() { echo "        -- $1" | say_sentence; }

# holds SENTENCE FOUND EXPECTED
holds() {
  if [ "$2" = "$3" ]; then echo "ok      $1"; else echo "NOT SO  $1: found $2, expected $3"; fi | say_sentence
}

# ask DATABASE SQL…: what psql answers, bare.
ask() {
  local database=$1 arguments=()
  shift
  while [ $# -gt 0 ]; do arguments+=(-c "$1"); shift; done
  "$PG_BIN/psql" -qXAt -v ON_ERROR_STOP=1 -d "$database" "${arguments[@]}"
}

# play DATABASE FILE [NAME=VALUE…]: runs one of the .sql files here, whose lines are sentences. Without compiling what runs once only.
play() {
  local database=$1 file=$2 variables=()
  shift 2
  while [ $# -gt 0 ]; do variables+=(-v "$1"); shift; done
  PGOPTIONS='-c jit=off' "$PG_BIN/psql" -qXAt -d "$database" "${variables[@]}" -f "$here/$file" 2>&1 | say_sentence ||
    echo "NOT SO  $file ran to its end in $database" | say_sentence
}

drop_roles() { ask postgres 'drop role steward_user, steward_worker, steward_analyst, steward_admin, steward_script, steward_owner'; }

# forget_installation DATABASE: leaves the cluster as it is before anybody installed pg_steward in it; every number that an object of it got is
# another one from here on.
forget_installation() {
  ask "$1" 'drop extension pg_steward' 'drop schema steward'
  drop_roles
}

rows_of() { "$PG_BIN/psql" -qXAt -d "$1" -f "$here/rows.sql"; }

# Reads what pg_dump and pg_restore complain of, and says it, but for one warning: rows of the claim ledger refer to earlier ones. The rows of a table are restored
# by one COPY, and what they refer to is looked for at its end.
but_for_claims() {
  local complaints
  complaints=$(cat)
  if grep -qx 'pg_dump: detail: action_claim' <<<"$complaints"; then
    complaints=$(grep -vE '^pg_dump: (warning: there are circular foreign-key constraints on this table:|detail: action_claim|hint: .*--disable-triggers .*|hint: Consider using a full dump .*)$' <<<"$complaints" || true)
  fi
  printf '%s' "$complaints"
}

# same_rows SENTENCE FILE DATABASE ADDED: that the database holds what rows_of wrote into the file, and so many installations more.
same_rows() {
  local found
  found=$(diff "$2" <(rows_of "$3") | grep '^[<>]' || true)
  if [ "$(grep -c '^> steward.installation ' <<<"$found")" = "$4" ]; then found=$(grep -v '^> steward.installation ' <<<"$found" || true); fi
  holds "$1" "$found" ""
}
