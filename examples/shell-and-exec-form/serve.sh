#!/bin/sh
trap 'echo "Told to stop, goodbye"; exit 0' TERM
echo "Ready"
while true; do
  sleep 1 &
  wait
done
