# What the shell of `make shell` reads first: the user's own settings, a prompt that shows where one is, and an end that leaves
# nothing behind, since a worker would go on looking for its database for ever.
steward_path=$PATH
# shellcheck disable=SC1090 # whatever stands there
[ ! -f ~/.bashrc ] || . ~/.bashrc
PATH=$steward_path:$PATH  # ~/.bashrc may have put other programs first
PS1='steward$ '
trap 'kill $(jobs -p) 2>/dev/null; exit 0' EXIT
