# Checks of the files themselves: their length, tabs, and whether shell scripts parse.

# Tracked files and new ones that git does not ignore, without deleted ones and without what programs wrote: expected outputs,
# data. No file at all is an error: then nothing was looked at.
source_files() {
  local files
  # safe.directory: as root git would not look into the clone of somebody else. quotePath: names as they are.
  files=$(git -c safe.directory="$(pwd -P)" -c core.quotePath=off ls-files --cached --others --exclude-standard -- "$@" |
    sort -u | existing_files | grep -Ev '^(target/|tests/(regress|isolation)/expected/|tests/data/|data/)')
  [ -n "$files" ] || { echo "git lists no files ($*) here: nothing was looked at; this needs git and a clone" >&2; return 1; }
  printf '%s\n' "$files"
}

existing_files() {
  local file
  while IFS= read -r file; do
    [ ! -f "$file" ] || [ -L "$file" ] || printf '%s\n' "$file"
  done
}

# 250 lines: a file that is read in one go.
check_file_length() {
  local files file lines found=0
  files=$(source_files '*.rs' '*.sql' '*.sh' '*.py' '*.html' '*.js') || return 1
  while IFS= read -r file; do
    lines=$(wc -l <"$file")
    if [ "$lines" -gt 250 ]; then
      echo "$file has $lines lines; split it (at most 250)"
      found=1
    fi
  done <<<"$files"
  return "$found"
}

check_tabs() {
  local files file found=0
  files=$(source_files) || return 1
  while IFS= read -r file; do
    # -I: nothing is found in a binary file.
    if [ "$file" != Makefile ] && grep -HInP '\t' "$file" | head -n 3; then found=1; fi
  done <<<"$files"
  return "$found"
}

check_shell() {
  local listed file found=0 files
  listed=$(source_files '*.sh' .ci/run) || return 1
  mapfile -t files <<<"$listed"
  for file in "${files[@]}"; do
    bash -n "$file" || found=1
  done
  # Below the severity `warning` opinions begin. SC1091: sourced files are checked by themselves. SC2034: their variables are
  # used by whoever sources them. SC2046, SC2048: lists of names are split on purpose.
  shellcheck --shell=bash --severity=warning --exclude=SC1091,SC2034,SC2046,SC2048 "${files[@]}" || found=1
  return "$found"
}
