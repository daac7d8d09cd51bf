set -eu
mkdir integrity_rules
cat > integrity_rules/loads.toml <<END
[loads.quick]
url = "$SERVICE"
duration = "300ms"
think_time = "0"
min_requests = 1
requests = [{ path = "/health" }]

[loads.changed]
url = "$SERVICE"
duration = "300ms"
think_time = "0"
min_requests = 1
requests = [{ path = "/health" }]

[loads.broken]
url = "$SERVICE"
duration = "300ms"
think_time = "0"
min_requests = 1
requests = [{ path = "/fail" }]

[loads.shortened]
url = "$SERVICE"
duration = "30min"
requests = [{ path = "/health" }]
END
for name in one two; do
    printf '[gates.%s]\nwhen = ["continuous"]\nprobe.path = { path = "." }\n' $name >> integrity_rules/w.toml
done
load() { "$PHASEGATE" --database "$DATABASE" --quiet load "$@" > said.txt 2>&1; }
load --only quick || { cat said.txt; exit 1; }
# A newer run of another load takes nothing from it.
load --only changed || { cat said.txt; exit 1; }
if load --only broken; then exit 1; fi
load --only shortened --duration 200ms || true
# More is asked of it since.
sed '/loads.changed/,/requests/s/min_requests = 1/min_requests = 1000/' integrity_rules/loads.toml > edited && mv edited integrity_rules/loads.toml
# Neither is a look at the database.
echo "SELECT 1 WHERE false" > integrity_rules/nothing_is_wrong.sql
"$PHASEGATE" --database "$DATABASE" --quiet verify --rules-only > said.txt 2>&1 || { cat said.txt; exit 1; }
# The database beside another one, which is the same, and one which is not.
psql -Xq -d "$DATABASE" -c "CREATE TABLE kept (id int PRIMARY KEY, note text); INSERT INTO kept VALUES (1, 'a'), (2, 'b')"
beside() { echo "$DATABASE" | sed "s/dbname=[^ ]*/dbname=$1/"; }
for name in restored_of_earlier_run other_of_earlier_run; do
    psql -Xq -d "$DATABASE" -c "CREATE DATABASE $name TEMPLATE template0"
    pg_dump -d "$DATABASE" | psql -Xq -d "$(beside $name)" > said.txt
done
psql -Xq -d "$(beside other_of_earlier_run)" -c "UPDATE kept SET note = 'c' WHERE id = 2"
compared() { "$PHASEGATE" --quiet diff --record --strict-schema "$@" > said.txt 2>&1; }
compared "$(beside restored_of_earlier_run)" "$DATABASE" || { cat said.txt; exit 1; }
if compared "$DATABASE" "$(beside other_of_earlier_run)"; then exit 1; fi
# The same database by another way to it, a part of it, and one that nobody wrote down.
compared "$DATABASE" "$(echo "$DATABASE" | sed 's#host=\([^ ]*\)#host=\1/#')" || { cat said.txt; exit 1; }
psql -Xq -d "$DATABASE" -c "CREATE DATABASE part_of_earlier_run TEMPLATE template0"
pg_dump -d "$DATABASE" | psql -Xq -d "$(beside part_of_earlier_run)" > said.txt
compared --table public.kept "$DATABASE" "$(beside part_of_earlier_run)" || { cat said.txt; exit 1; }
"$PHASEGATE" --quiet diff "$DATABASE" "$(beside part_of_earlier_run)" > said.txt 2>&1 || { cat said.txt; exit 1; }
# One gate of two, without a baseline.
watch() { "$PHASEGATE" --database "$DATABASE" --quiet watch --every 100ms --for 100ms "$@" > said.txt 2>&1; }
watch --only one || { cat said.txt; exit 1; }
mkdir tampered
of_load=$(grep -l '"command":"load"' snapshots/*/evidence.jsonl)
cp -r "$(dirname "$(grep -l '"fail"' $of_load)")" tampered/edited
sed 's/"fail"/"pass"/' tampered/edited/evidence.jsonl > edited && mv edited tampered/edited/evidence.jsonl
cp -r snapshots torn
for journal in torn/*/evidence.jsonl; do
    # Without the verdict, as where the power went.
    sed '$d' "$journal" > cut && mv cut "$journal"
done
