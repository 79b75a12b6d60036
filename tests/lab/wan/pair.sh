#!/bin/bash
# pair.sh PROGRAM [dwcp_wan options] -- COMMAND...: two network namespaces of its own, joined by PROGRAM (dwcp_wan), and
# COMMAND with NS1, NS2, IP1, IP2, WAN_CONTROL in its environment. Everything is torn down; ends after WAN_LIMIT (120) s.
# WAN_MTU sets the devices' MTU.
set -eu
program=$1; shift
options=()
while [ "$1" != -- ]; do options+=("$1"); shift; done
shift
tag=dw$$
work=$(mktemp -d)
limit=${WAN_LIMIT:-120}
wan=
down() {
  [ -z "$wan" ] || { kill "$wan" 2>/dev/null || true; wait "$wan" 2>/dev/null || true; }
  for n in 1 2; do ip netns del $tag-$n 2>/dev/null || true; done
  [ -z "${WAN_STATS:-}" ] || cat "$work/log" >&2
  rm -rf "$work"
}
trap down EXIT
trap 'exit 143' TERM INT
for n in 1 2; do ip netns add $tag-$n; ip -n $tag-$n link set lo up; done
"$program" $tag-1 $tag-2 --control "$work/control" --for "$((limit + 10))s" "${options[@]}" 2> "$work/log" & wan=$!
for _ in $(seq 100); do grep -qs 'wan ready' "$work/log" && break; sleep 0.05; done
grep -qs 'wan ready' "$work/log" || { cat "$work/log" >&2; exit 1; }
for n in 1 2; do
  ip -n $tag-$n link set wan0 mtu "${WAN_MTU:-1500}"
  ip -n $tag-$n addr add 10.98.0.$n/24 dev wan0
  for buffer in tcp_rmem tcp_wmem; do
    ip netns exec $tag-$n sh -c "echo 4096 131072 67108864 > /proc/sys/net/ipv4/$buffer"
  done
done
export NS1=$tag-1 NS2=$tag-2 IP1=10.98.0.1 IP2=10.98.0.2 WAN_CONTROL=$work/control
timeout "$limit" "$@"
