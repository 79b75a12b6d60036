#!/bin/bash
# Two SoftRoCE devices in the guest, rxe0 at 10.8.0.1 (and fd08::1) and rxe1 at 10.8.0.2 (and fd08::2), on the two ends of a
# veth pair. SoftRoCE of Linux 6.1 does not work in network namespaces, so both ends are in one, and policy routing sends the
# packets over the link all the same: netem acts on them, and a link that is down is down. Who connects to the address of one
# end does so from the other's. 10.8.1.2 is reached from 10.8.0.1 in the same way, and no device has it.
#
#   pair.sh make          the pair; once
#   pair.sh netem WORDS   what netem is to do, both ways, instead of what it did: "loss 1%", "delay 10ms"; nothing without WORDS
#   pair.sh dropped       how many packets netem has dropped since
#   pair.sh rdma off|on   whether the link carries RoCE v2 (UDP port 4791); everything else it carries all the same
#   pair.sh down          takes the link of rxe1 down
#   pair.sh up            and both up again
set -euo pipefail
ends=(veth0 veth1)
addresses=(10.8.0.1 10.8.0.2)
without_device=10.8.1.2
mtu=4500       # for packets with 4096 bytes of data
queue=200000   # packets that netem holds at most; its own 1000 would be another loss

# The link takes its routes and its IPv6 address with it when it goes down.
routes() {
  for i in 0 1; do
    ip addr replace "fd08::$((i + 1))/64" dev "${ends[i]}" nodad
    ip route replace "${addresses[1 - i]}/32" dev "${ends[i]}" src "${addresses[i]}" table $((1001 + i))
  done
  ip route replace $without_device/32 dev "${ends[0]}" src "${addresses[0]}" table 1001
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
    # Not only "from" the other end: the address that a connection begins at is looked for here, too.
    ip rule add pref $((10 + i)) iif lo to "${addresses[1 - i]}" lookup $((1001 + i))
  done
  ip addr add $without_device/32 dev lo
  ip rule add pref 12 iif lo to $without_device lookup 1001
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

carry_rdma() {
  local end
  for end in "${ends[@]}"; do
    case $1 in
      off)
        # Where it comes in: SoftRoCE repeats at once, without end, what it is told was not sent.
        tc qdisc add dev "$end" clsact
        tc filter add dev "$end" ingress protocol ip u32 match ip protocol 17 0xff match ip dport 4791 0xffff action drop
        ;;
      on) tc qdisc del dev "$end" clsact 2>/dev/null || true ;;
      *) return 2 ;;
    esac
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
  rdma) carry_rdma "${2-}" ;;
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
