#!/bin/sh
# As the original's: the server runs as the user redis, and answers to other containers.
set -e
if [ "$1" = redis-server ]; then
    exec setpriv --reuid=redis --regid=redis --init-groups "$@" --protected-mode no
fi
exec "$@"
