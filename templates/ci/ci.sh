#!/usr/bin/env bash
# Runs tests with their telemetry going to an obs of this job, then asks it: what was asserted has to hold, and nothing
# may have failed that is not known to fail. The workflows beside it use it; any other CI system can.
#
#   ci.sh npm run test:e2e
#
#   OBS_ASSERTIONS   file of assertions, one a line: obs-assertions.txt. Without it there have to be calls at all.
#   OBS_FAIL_ON      the least that `obs explain` fails the job for: info, warning, error or critical. error
#                    error is what failed or is critical: what only became slower, by less than three times, passes.
#                    warning fails for that too, where history says what is usual; without any, assertions do
#                    (`p95(POST /checkout) < 300ms`).
#   OBS_WAIT         how long spans under way are waited for at most: 10s, as SDKs send every 5 s
#   OBS_REPORT       folder for the reports: obs-report
#   OBS_SERVICE, OBS_VERSION   what is tested, when it shall be set in time beside what went wrong
#
# Exit code: that of the tests; else 1 when something does not hold or failed, 2 when obs could not be asked.
# History makes `obs explain` better: keep OBS_HOME between runs, or leave an obs running on the runner.
set -uo pipefail

assertions=${OBS_ASSERTIONS:-obs-assertions.txt}
report=${OBS_REPORT:-obs-report}
mkdir -p "$report"
now() { node -p 'new Date().toISOString()'; }

obs up --json > "$report/obs-up.json" || exit 2
state() { node -p 'JSON.parse(fs.readFileSync(process.argv[1], "utf8"))'"$1" "$report/obs-up.json"; }
if [ "$(state .alreadyRunning)" = false ]; then
  trap 'obs down' EXIT
fi
OTEL_EXPORTER_OTLP_ENDPOINT=$(state .endpoints.otlpHttp)
export OTEL_EXPORTER_OTLP_ENDPOINT OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf

if [ -n "${OBS_SERVICE:-}" ]; then
  obs change add --service "$OBS_SERVICE" --to "${OBS_VERSION:-}" --note 'tests begin'
fi

start=$(now)
"$@"
tested=$?
end=$(now)

format=text
if [ -n "${GITHUB_ACTIONS:-}" ]; then
  format=github
fi

# The first one waits for spans under way; the others find the same.
what=('calls(*) > 0')
if [ -f "$assertions" ]; then
  what=(--file "$assertions")
fi
obs assert "${what[@]}" --since "$start" --until "$end" --wait "${OBS_WAIT:-10s}" --format "$format"
asserted=$?
obs assert "${what[@]}" --since "$start" --until "$end" --wait 0s --format junit > "$report/obs-assert.xml"
obs assert "${what[@]}" --since "$start" --until "$end" --wait 0s --json > "$report/obs-assert.json"
if [ -n "${GITHUB_STEP_SUMMARY:-}" ]; then
  obs assert "${what[@]}" --since "$start" --until "$end" --wait 0s --format markdown >> "$GITHUB_STEP_SUMMARY"
fi

obs explain --since "$start" --until "$end" --fail-on "${OBS_FAIL_ON:-error}" --format "$format"
explained=$?
obs explain --since "$start" --until "$end" --format html > "$report/obs-explain.html"
obs explain --since "$start" --until "$end" --fail-on "${OBS_FAIL_ON:-error}" --format junit > "$report/obs-explain.xml"

for code in "$tested" "$asserted" "$explained"; do
  if [ "$code" -ne 0 ]; then
    exit "$code"
  fi
done
