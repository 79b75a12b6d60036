#!/bin/sh
# Process 1 of the guest, in its initramfs: makes the root, which is the machine's / (9p, read-only) below a tmpfs, and goes on
# with stage2.sh of the folder that the kernel's command line names (dwcp.job=).
b=/bin/busybox
fail() {
  echo "init: $1"
  $b poweroff -f
}
$b mount -t proc proc /proc && $b mount -t sysfs sysfs /sys && $b mount -t devtmpfs dev /dev || fail "no proc, sysfs, devtmpfs"
for module in /modules/*.ko; do $b insmod "$module" || fail "insmod $module"; done
$b mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000,ro,cache=loose root /lower || fail "no root"
$b mount -t tmpfs -o mode=755 upper /upper && $b mkdir /upper/files /upper/work
# Without these the overlay wants of 9p what it cannot do.
plain=index=off,xino=off,metacopy=off,redirect_dir=off
$b mount -t overlay -o "lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work,$plain" overlay /root || fail "no overlay"
for folder in proc sys dev; do $b mount --move /$folder /root/$folder; done
$b mkdir -p /root/run /root/dev/pts /root/dev/shm && $b ln -s /proc/self/fd /root/dev/fd
$b mount -t tmpfs -o mode=755 run /root/run && $b mount -t devpts devpts /root/dev/pts &&
  $b mount -t tmpfs -o mode=1777 shm /root/dev/shm || fail "no tmpfs"
for word in $($b cat /root/proc/cmdline); do case $word in dwcp.job=*) job=${word#dwcp.job=} ;; esac; done
exec $b switch_root /root /bin/bash "$job/stage2.sh" "$job"
