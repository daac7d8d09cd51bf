set -eu
mkdir integrity_rules
cat > integrity_rules/loads.toml <<END
[loads.quick]
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
load() { "$PHASEGATE" --database "$DATABASE" --quiet load "$@" > said.txt 2>&1; }
load --only quick || { cat said.txt; exit 1; }
# A newer run of another load takes nothing from it.
if load --only broken; then exit 1; fi
load --only shortened --duration 200ms || true
# Neither is a look at the database.
echo "SELECT 1 WHERE false" > integrity_rules/nothing_is_wrong.sql
"$PHASEGATE" --database "$DATABASE" --quiet verify --rules-only > said.txt 2>&1 || { cat said.txt; exit 1; }
mkdir tampered
cp -r "$(dirname "$(grep -l '"fail"' snapshots/*/evidence.jsonl)")" tampered/edited
sed 's/"fail"/"pass"/' tampered/edited/evidence.jsonl > edited && mv edited tampered/edited/evidence.jsonl
cp -r snapshots torn
for journal in torn/*/evidence.jsonl; do
    # Without the verdict, as where the power went.
    sed '$d' "$journal" > cut && mv cut "$journal"
done
