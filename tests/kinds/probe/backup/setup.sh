set -eu
mkdir plain custom broken old checked empty
pg_dump --file=plain/portal.sql "$DATABASE"
pg_dump --format=custom --file=custom/portal.dump "$DATABASE"
head -c 300 custom/portal.dump > broken/portal.dump
head -n 5 plain/portal.sql > broken/portal.sql
cp plain/portal.sql old/portal.sql
touch -t 202001010000 old/portal.sql
cp custom/portal.dump checked/portal.dump
sha256sum checked/portal.dump > checked/portal.dump.sha256
cp custom/portal.dump broken/flipped.dump
sha256sum plain/portal.sql > broken/flipped.dump.sha256
