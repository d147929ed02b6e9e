#!/bin/sh
# The original's entry point prepares the configuration, then becomes the command.
set -e
[ "$1" != nginx ] || echo "/docker-entrypoint.sh: Configuration complete; ready for start up"
exec "$@"
