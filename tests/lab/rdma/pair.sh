#!/bin/bash
# Two SoftRoCE devices in the guest, rxe0 at 10.8.0.1 (and fd08::1) and rxe1 at 10.8.0.2 (and fd08::2), on the two ends of a
# veth pair. SoftRoCE of Linux 6.1 does not work in network namespaces, so both ends are in one, and policy routing sends the
# packets over the link all the same: netem acts on them, and a link that is down is down.
#
#   pair.sh make          the pair; once
#   pair.sh netem WORDS   what netem is to do, both ways, instead of what it did: "loss 1%", "delay 10ms"; nothing without WORDS
#   pair.sh dropped       how many packets netem has dropped since
#   pair.sh down          takes the link of rxe1 down
#   pair.sh up            and both up again
set -euo pipefail
ends=(veth0 veth1)
addresses=(10.8.0.1 10.8.0.2)
mtu=4500       # for packets with 4096 bytes of data
queue=200000   # packets that netem holds at most; its own 1000 would be another loss

# The link takes its routes and its IPv6 address with it when it goes down.
routes() {
  for i in 0 1; do
    ip addr replace "fd08::$((i + 1))/64" dev "${ends[i]}" nodad
    ip route replace "${addresses[1 - i]}/32" dev "${ends[i]}" src "${addresses[i]}" table $((1001 + i))
  done
}

make() {
  modprobe -a rdma_rxe ib_uverbs sch_netem
  ip link add ${ends[0]} type veth peer name ${ends[1]}
  sysctl -qw net.ipv4.conf.all.rp_filter=0
  # What comes from the other end has an address of this machine, and what goes there must not be delivered at once.
  ip rule add pref 100 lookup local
  ip rule del pref 0 lookup local
  for i in 0 1; do
    ip addr add "${addresses[i]}/24" dev "${ends[i]}"
    ip link set "${ends[i]}" mtu $mtu up
    sysctl -qw "net.ipv4.conf.${ends[i]}.accept_local=1" "net.ipv4.conf.${ends[i]}.rp_filter=0"
    ip rule add pref $((10 + i)) iif lo from "${addresses[i]}" to "${addresses[1 - i]}" lookup $((1001 + i))
  done
  routes
  for i in 0 1; do rdma link add rxe$i type rxe netdev ${ends[i]}; done
}

# "tc qdisc replace" would keep what is not named.
netem() {
  for end in "${ends[@]}"; do
    tc qdisc del dev "$end" root 2>/dev/null || true
    [[ $# -eq 0 ]] || tc qdisc add dev "$end" root netem limit $queue "$@"
  done
}

dropped() {
  local sum=0 line
  for end in "${ends[@]}"; do
    while read -r line; do
      [[ $line =~ dropped\ ([0-9]+) ]] && sum=$((sum + BASH_REMATCH[1]))
    done <<<"$(tc -s qdisc show dev "$end" root)"
  done
  echo $sum
}

case ${1-} in
  make) make ;;
  netem) netem "${@:2}" ;;
  dropped) dropped ;;
  down) ip link set ${ends[1]} down ;;
  up)
    for end in "${ends[@]}"; do ip link set "$end" up; done
    routes
    ;;
  *)
    sed -n '2,/^set/s/^# \{0,1\}//p' "$0" >&2
    exit 2
    ;;
esac
