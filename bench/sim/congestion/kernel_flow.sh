#!/bin/bash
# kernel_flow.sh bbr|cubic SECONDS, within pair.sh: one flow from NS1 to NS2; prints its goodput in bit/s.
set -u
ip netns exec "$NS2" timeout $(($2 + 20)) iperf3 -s -1 > /dev/null & server=$!
trap 'kill $server 2>/dev/null' EXIT
for _ in $(seq 40); do ip netns exec "$NS2" ss -ltn 2>/dev/null | grep -q ':5201 ' && break; sleep 0.05; done
ip netns exec "$NS1" iperf3 -c "$IP2" -t "$2" -C "$1" -J |
  python3 -c 'import json, sys; print(json.load(sys.stdin)["end"]["sum_received"]["bits_per_second"])'
