set -eu
mkdir plain custom directory tail broken old checked empty
pg_dump --file=plain/portal.sql "$DATABASE"
pg_dump --format=custom --file=custom/portal.dump "$DATABASE"
head -c 300 custom/portal.dump > broken/portal.dump
pg_dump --format=directory --file=directory/portal "$DATABASE"
head -c $(($(wc -c < custom/portal.dump) * 95 / 100)) custom/portal.dump > tail/portal.dump
cp -r directory/portal directory/holes
rm directory/holes/*.dat.gz
head -n 5 plain/portal.sql > broken/portal.sql
cp plain/portal.sql old/portal.sql
touch -t 202001010000 old/portal.sql
cp custom/portal.dump checked/portal.dump
sha256sum checked/portal.dump > checked/portal.dump.sha256
cp custom/portal.dump broken/flipped.dump
sha256sum plain/portal.sql > broken/flipped.dump.sha256
