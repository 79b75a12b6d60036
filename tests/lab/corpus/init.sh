#!/bin/sh
# Process 1 of the guest, in its initramfs: mounts the disk as the root, puts the workloads into /run, and goes on with systemd.
b=/bin/busybox
fail() {
  echo "init: $1"
  $b poweroff -f
}
$b mount -t proc proc /proc && $b mount -t sysfs sysfs /sys && $b mount -t devtmpfs dev /dev || fail "no proc, sysfs, devtmpfs"
for module in /modules/*.ko; do $b insmod "$module" || fail "insmod $module"; done
tries=0
until [ -b /dev/vda ]; do
  [ $((tries += 1)) -le 100 ] || fail "no disk"
  $b sleep 0.1
done
$b mount -t ext4 /dev/vda /root || fail "no root"
$b mount -t tmpfs -o mode=755,nosuid,nodev run /root/run || fail "no tmpfs"
$b mkdir -p /root/run/systemd/system/multi-user.target.wants && $b cp -a /workloads /root/run/corpus || fail "no workloads"
$b cat >/root/run/systemd/system/corpus.service <<'UNIT'
[Unit]
Description=The workload
[Service]
Type=exec
ExecStart=/run/corpus/start
UNIT
$b ln -s ../corpus.service /root/run/systemd/system/multi-user.target.wants/corpus.service
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
exec $b switch_root /root /sbin/init
