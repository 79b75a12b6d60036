#!/bin/bash
# What runs in the guest: in_guest.sh CASES. Each line of the file CASES is a name, what netem does ("-" for nothing), and a
# command in shell words, separated by tabs. Says how each ended, the output of those that failed, and the counts.
here=$(dirname "$(readlink -f "$0")")
uptime_ms() {
  local seconds
  read -r seconds _ </proc/uptime
  echo $((10#${seconds/./} * 10))
}
# A case with loss is one only if packets were lost.
lost_some() {
  local before=$1 now
  [[ $netem == *loss* ]] || return 0
  now=$("$here/pair.sh" dropped)
  echo "said: $((now - before)) packets lost"
  [[ $now -gt $before ]]
}
passed=0 failed=0 netem=-
"$here/pair.sh" make || { echo "the guest cannot have a pair of SoftRoCE devices"; exit 1; }
while IFS=$'\t' read -r name wanted command; do
  if [[ $wanted != "$netem" ]]; then
    netem=$wanted
    # shellcheck disable=SC2086  # words
    "$here/pair.sh" netem ${netem#-} || exit 1
  fi
  before=$("$here/pair.sh" dropped) || exit 1
  begin=$(uptime_ms)
  if bash -c "$command" >/run/case.log 2>&1 && lost_some "$before" >>/run/case.log; then
    passed=$((passed + 1)) result=passed
  else
    failed=$((failed + 1)) result=FAILED
  fi
  took=$(($(uptime_ms) - begin))
  printf '%s  %-34s %4d.%d s  %s\n' $result "$name" $((took / 1000)) $((took % 1000 / 100)) \
    "$(grep -a '^said: ' /run/case.log | sed 's/^said: //' | paste -sd ';' | sed 's/;/; /g')"
  [[ $result == passed ]] || cat /run/case.log
done <"$1"
echo "$passed passed, $failed failed"
[[ $failed -eq 0 ]]
