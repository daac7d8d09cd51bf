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
# An old archive that was copied today: only its own head tells.
mkdir copied
cp custom/portal.dump copied/portal.dump
# The year stands behind five bytes each of seconds, minutes, hours, day and month; before them the compression has one byte
# since version 1.15 of the format, five before.
year=42
[ "$(od -An -tu1 -j6 -N1 custom/portal.dump)" -lt 15 ] || year=38
printf '\170' | dd of=copied/portal.dump bs=1 seek=$year conv=notrunc 2> dd.txt
mkdir -p folders/one
cp -r directory/portal folders/one/portal
touch -t 202001010000 folders/one/portal/toc.dat
cp -r directory/portal folders/one/newer
