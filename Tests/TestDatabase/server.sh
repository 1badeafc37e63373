#!/bin/sh
# A throw-away PostgreSQL server for the tests: starts, prints "ready FOLDER", and lives for as long as its standard input
# is open, so that it goes when the tests go, however they end. A line "restart MODE" or "stop MODE" or "start" is obeyed
# and answered with "ready FOLDER".
# usage: server.sh FSYNC (on or off)
set -eu
trap '' INT
bin=$(pg_config --bindir)
folder=$(mktemp -d /tmp/masthead-test.XXXXXX)
run() { "$@"; }
if [ "$(id -u)" = 0 ]; then
    chown postgres "$folder"
    run() { setpriv --reuid=postgres --regid=postgres --clear-groups env HOME="$folder" "$@"; }
fi
chmod 700 "$folder"
cd "$folder"
finish() {
    run "$bin/pg_ctl" -D "$folder/data" -m immediate stop >/dev/null 2>&1 || true
    if [ "${KEEPDB:-}" = 1 ]; then echo "kept: $folder" >&2; else rm -rf "$folder"; fi
}
trap finish EXIT
run "$bin/initdb" -D "$folder/data" -U postgres -A trust -E UTF8 --locale=C.UTF-8 --no-sync >"$folder/initdb.log" 2>&1 || {
    cat "$folder/initdb.log" >&2
    exit 1
}
cat >>"$folder/data/postgresql.conf" <<END
listen_addresses = ''
unix_socket_directories = '$folder'
max_connections = 300
shared_buffers = 128MB
fsync = $1
synchronous_commit = $1
full_page_writes = $1
timezone = 'UTC'
log_min_messages = warning
END
start() { run "$bin/pg_ctl" -D "$folder/data" -l "$folder/log" -w -s start </dev/null >/dev/null 2>&1; }
start
echo "ready $folder"
while read -r command mode; do
    case $command in
    stop) run "$bin/pg_ctl" -D "$folder/data" -m "$mode" -w -s stop >/dev/null 2>&1 ;;
    start) start ;;
    restart)
        run "$bin/pg_ctl" -D "$folder/data" -m "$mode" -w -s stop >/dev/null 2>&1
        start
        ;;
    esac
    echo "ready $folder"
done
