# Runs a command of the project, whose folder is $PROJECT, with Python packages of its own.
# With $LIFELINE, everything here ends when the standard input does: whoever asked is gone.
set -e
exec 3<&0
[ -z "$LIFELINE" ] || { (cat >/dev/null; kill -KILL -1) <&3 & exec </dev/null; }
make --silent --directory "$PROJECT" .venv/.ready >&2
export PYTHONPATH="$PROJECT"
exec "$PROJECT/.venv/bin/python" -m scripts "$@" 3<&-
