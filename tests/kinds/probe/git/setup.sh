set -eu
export GIT_AUTHOR_DATE=2026-01-31T12:00:00Z GIT_COMMITTER_DATE=2026-01-31T12:00:00Z
export GIT_CONFIG_GLOBAL=/dev/null GIT_CONFIG_SYSTEM=/dev/null
for name in clean dirty; do
  git init -q -b main "$name"
  git -C "$name" -c user.name=test -c user.email=test@localhost commit -q --allow-empty -m first
done
git -C clean tag v2.0
touch dirty/left_over.sql
git init -q -b main hidden
echo "SELECT 1;" > hidden/phase.sql
git -C hidden add phase.sql
git -C hidden -c user.name=test -c user.email=test@localhost commit -q -m first
git -C hidden update-index --assume-unchanged phase.sql
echo "DROP TABLE users;" >> hidden/phase.sql
